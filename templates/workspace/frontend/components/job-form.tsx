"use client";

import { type FormEvent, useState } from "react";

import { createJob, createProject, type Job, listProjects } from "@/lib/api";

interface Props {
  onCreated: (job: Job) => void;
  onError: (message: string | null) => void;
}

/** The latest project, or a first one. */
async function anyProject() {
  const { items } = await listProjects();
  return items[0] ?? createProject("My first project");
}

/** Starts a job for a comma-separated list of keywords. */
export function JobForm({ onCreated, onError }: Props) {
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const keywords = String(form.get("keywords"))
      .split(",")
      .map((keyword) => keyword.trim())
      .filter(Boolean);
    setBusy(true);
    onError(null);
    try {
      const project = await anyProject();
      onCreated(await createJob(project.id, keywords, Number(form.get("count"))));
    } catch (failure) {
      onError((failure as Error).message);
    } finally {
      setBusy(false);
    }
  }

  return (
    <form onSubmit={submit}>
      <label className="wide">
        Keywords
        <input name="keywords" defaultValue="lighthouse, harbour" required maxLength={120} />
      </label>
      <label>
        Images
        <input name="count" type="number" min={1} max={100} defaultValue={12} required />
      </label>
      <button type="submit" disabled={busy}>
        Start crawling
      </button>
    </form>
  );
}
