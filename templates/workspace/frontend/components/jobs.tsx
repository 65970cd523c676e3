"use client";

import { useCallback, useEffect, useState } from "react";

import { JobCard } from "@/components/job-card";
import { JobForm } from "@/components/job-form";
import { type Job, listJobs } from "@/lib/api";

/** The form, and the latest jobs below it. */
export function Jobs() {
  const [jobs, setJobs] = useState<Job[]>([]);
  const [error, setError] = useState<string | null>(null);

  useEffect(() => {
    listJobs()
      .then((page) => setJobs(page.items))
      .catch((failure: Error) => setError(failure.message));
  }, []);

  const replace = useCallback((changed: Job) => {
    setJobs((all) => all.map((job) => (job.id === changed.id ? changed : job)));
  }, []);

  return (
    <>
      <JobForm onError={setError} onCreated={(job) => setJobs((all) => [job, ...all])} />
      {error && (
        <p role="alert" className="alert">
          {error}
        </p>
      )}
      {jobs.length === 0 && !error && <p className="empty">No jobs yet. Start the first one.</p>}
      {jobs.map((job) => (
        <JobCard key={job.id} job={job} onChange={replace} onError={setError} />
      ))}
    </>
  );
}
