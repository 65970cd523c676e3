import { useEffect, useRef } from "react";

/**
 * Calls `task` now and, as long as `repeat` holds, again `milliseconds` after each
 * end; once more when `repeat` turns false, to see the final state.
 */
export function usePolling(task: () => Promise<void>, milliseconds: number, repeat = true) {
  const latest = useRef(task);
  useEffect(() => {
    latest.current = task;
  });

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    const run = async () => {
      await latest.current();
      if (repeat && !gone) timer = setTimeout(run, milliseconds);
    };
    void run();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [milliseconds, repeat]);
}
