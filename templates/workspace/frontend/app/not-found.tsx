import Link from "next/link";

export default function NotFound() {
  return (
    <main>
      <h1>There is nothing here</h1>
      <p>
        <Link href="/">Back to the jobs</Link>
      </p>
    </main>
  );
}
