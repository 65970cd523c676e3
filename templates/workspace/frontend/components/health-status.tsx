"use client";

import { useState } from "react";

import { getHealth, type Health } from "@/lib/api";
import { usePolling } from "@/lib/use-polling";

const NAMES: Record<string, string> = {
  database: "database",
  redis_cache: "cache",
  redis_limiter: "limiter",
  celery: "worker",
};

/** A dot for the API and one for each part that it stands on. */
export function HealthStatus() {
  const [health, setHealth] = useState<Health | "away" | null>(null);

  usePolling(async () => {
    setHealth(await getHealth().catch(() => "away" as const));
  }, 10_000);

  if (health === null) {
    return <ul className="health" aria-label="Health" />;
  }
  if (health === "away") {
    return (
      <ul className="health" aria-label="Health">
        <li className="unhealthy">API is away</li>
      </ul>
    );
  }
  return (
    <ul className="health" aria-label="Health">
      <li className={health.status}>API {health.status}</li>
      {Object.entries(health.components).map(([name, part]) => (
        <li key={name} className={part.status} title={part.message ?? part.status}>
          {NAMES[name] ?? name}
        </li>
      ))}
    </ul>
  );
}
