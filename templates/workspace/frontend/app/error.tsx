"use client";

/** What is left of the page when a component throws. */
export default function ErrorFallback({ error, reset }: { error: Error; reset: () => void }) {
  return (
    <main>
      <h1>Something went wrong</h1>
      <p role="alert" className="alert">
        {error.message}
      </p>
      <button type="button" onClick={reset}>
        Try again
      </button>
    </main>
  );
}
