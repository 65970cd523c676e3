"use client";

import { useState } from "react";

import { getJob, type Image, imageUrl, type Job, listImages, retryJob, stopJob } from "@/lib/api";
import { usePolling } from "@/lib/use-polling";

interface Props {
  job: Job;
  onChange: (job: Job) => void;
  onError: (message: string | null) => void;
}

/** A job: its state, its progress as it runs, and what it found. */
export function JobCard({ job, onChange, onError }: Props) {
  const [images, setImages] = useState<Image[]>([]);
  const unfinished = job.status === "pending" || job.status === "running";

  async function refresh() {
    try {
      const [current, found] = await Promise.all([getJob(job.id), listImages(job.id)]);
      setImages(found.items);
      onChange(current);
    } catch (failure) {
      onError((failure as Error).message);
    }
  }

  async function act(action: (id: number) => Promise<Job>) {
    onError(null);
    try {
      onChange(await action(job.id));
    } catch (failure) {
      onError((failure as Error).message);
    }
  }

  usePolling(refresh, 500, unfinished);

  return (
    <article>
      <div className="title">
        <h2>{job.name}</h2>
        <span className={`status ${job.status}`}>{job.status}</span>
        {unfinished && (
          <button type="button" className="quiet" onClick={() => act(stopJob)}>
            Stop
          </button>
        )}
        {(job.status === "failed" || job.status === "cancelled") && (
          <button type="button" className="quiet" onClick={() => act(retryJob)}>
            Retry
          </button>
        )}
      </div>
      <progress value={job.progress} max={100} aria-label={`Progress of ${job.name}`} />
      <p className="count">
        {job.downloaded_images} of {job.max_images} images
        {job.error && `: ${job.error}`}
      </p>
      <ul className="images">
        {images.map((image) => (
          <li key={image.id}>
            <img src={imageUrl(image.id)} alt={image.keyword} loading="lazy" />
          </li>
        ))}
      </ul>
    </article>
  );
}
