import { env } from "@/lib/env";

export type JobStatus = "pending" | "running" | "completed" | "failed" | "cancelled";

export interface Page<T> {
  items: T[];
  total: number;
}

export interface Project {
  id: number;
  name: string;
}

export interface Job {
  id: number;
  name: string;
  keywords: string[];
  max_images: number;
  status: JobStatus;
  progress: number;
  downloaded_images: number;
  error: string | null;
}

export interface Image {
  id: number;
  keyword: string;
  width: number;
  height: number;
}

export interface Health {
  status: "healthy" | "degraded" | "unhealthy";
  components: Record<string, { status: Health["status"]; message: string | null }>;
}

/** The API answered, and the answer was no. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** The API could not be reached. */
export class NetworkError extends Error {
  override name = "NetworkError";
}

/** The API took too long. */
export class TimeoutError extends Error {
  override name = "TimeoutError";
}

const TIMEOUT_MS = 10_000;

async function send(method: string, path: string, body?: unknown): Promise<Response> {
  try {
    return await fetch(env.NEXT_PUBLIC_API_URL + path, {
      method,
      headers: body === undefined ? undefined : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "TimeoutError") {
      throw new TimeoutError(`The API did not answer within ${TIMEOUT_MS / 1000} s.`, { cause });
    }
    throw new NetworkError(`The API at ${env.NEXT_PUBLIC_API_URL} cannot be reached.`, { cause });
  }
}

async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await send(method, path, body);
  const answer = await response.json();
  if (!response.ok) {
    throw new ApiError(response.status, answer.error.code, answer.error.message);
  }
  return answer as T;
}

/** The state of the API and of what it stands on. A 503 carries it too. */
export async function getHealth(): Promise<Health> {
  const response = await send("GET", "/health/detailed");
  return (await response.json()) as Health;
}

export const listProjects = () => request<Page<Project>>("GET", "/projects?limit=1");

export const createProject = (name: string) => request<Project>("POST", "/projects", { name });

export const listJobs = () => request<Page<Job>>("GET", "/jobs?limit=10");

export const createJob = (projectId: number, keywords: string[], maxImages: number) =>
  request<Job>("POST", "/jobs", {
    project_id: projectId,
    name: keywords.join(", "),
    keywords,
    max_images: maxImages,
  });

export const getJob = (id: number) => request<Job>("GET", `/jobs/${id}`);

export const stopJob = (id: number) => request<Job>("POST", `/jobs/${id}/stop`);

export const retryJob = (id: number) => request<Job>("POST", `/jobs/${id}/retry`);

export const listImages = (jobId: number) =>
  request<Page<Image>>("GET", `/jobs/${jobId}/images?limit=100`);

/** Where the bytes of an image are. */
export const imageUrl = (id: number) => `${env.NEXT_PUBLIC_API_URL}/images/${id}/download`;
