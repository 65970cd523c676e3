import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  date,
  index,
  integer,
  jsonb,
  pgTable,
  serial,
  text,
  timestamp,
  unique,
  uuid,
  varchar,
} from "drizzle-orm/pg-core";
import { authUsers } from "drizzle-orm/supabase";

// The single source of truth for the database. The SQLAlchemy models in
// backend/models and production_schema.sql follow this file. Row level security
// and triggers are SQL, in the migrations: an ORM would only hide them.

const createdAt = () => timestamp("created_at", { withTimezone: true }).notNull().defaultNow();
const updatedAt = () => timestamp("updated_at", { withTimezone: true }).notNull().defaultNow();

export const profiles = pgTable("profiles", {
  id: uuid("id")
    .primaryKey()
    .references(() => authUsers.id, { onDelete: "cascade" }),
  email: text("email").notNull().unique(),
  fullName: text("full_name"),
  role: varchar("role", { length: 20 }).notNull().default("user"),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

export const projects = pgTable(
  "projects",
  {
    id: serial("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => profiles.id, { onDelete: "cascade" }),
    name: varchar("name", { length: 120 }).notNull(),
    description: text("description"),
    status: varchar("status", { length: 20 }).notNull().default("active"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index("projects_user_id_idx").on(table.userId),
    check("projects_status_check", sql`${table.status} in ('active', 'archived')`),
  ],
);

export const crawlJobs = pgTable(
  "crawl_jobs",
  {
    id: serial("id").primaryKey(),
    projectId: integer("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    name: varchar("name", { length: 120 }).notNull(),
    keywords: jsonb("keywords").$type<string[]>().notNull().default([]),
    maxImages: integer("max_images").notNull().default(12),
    status: varchar("status", { length: 20 }).notNull().default("pending"),
    progress: integer("progress").notNull().default(0),
    downloadedImages: integer("downloaded_images").notNull().default(0),
    totalChunks: integer("total_chunks").notNull().default(0),
    completedChunks: integer("completed_chunks").notNull().default(0),
    failedChunks: integer("failed_chunks").notNull().default(0),
    taskId: text("task_id"),
    error: text("error"),
    startedAt: timestamp("started_at", { withTimezone: true }),
    completedAt: timestamp("completed_at", { withTimezone: true }),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index("crawl_jobs_project_id_idx").on(table.projectId),
    index("crawl_jobs_status_idx").on(table.status),
    check("crawl_jobs_progress_check", sql`${table.progress} between 0 and 100`),
    check(
      "crawl_jobs_status_check",
      sql`${table.status} in ('pending', 'running', 'completed', 'failed', 'cancelled')`,
    ),
  ],
);

export const images = pgTable(
  "images",
  {
    id: serial("id").primaryKey(),
    crawlJobId: integer("crawl_job_id")
      .notNull()
      .references(() => crawlJobs.id, { onDelete: "cascade" }),
    keyword: text("keyword").notNull(),
    originalUrl: text("original_url").notNull(),
    filename: varchar("filename", { length: 255 }).notNull(),
    storagePath: text("storage_path").notNull(),
    width: integer("width").notNull(),
    height: integer("height").notNull(),
    fileSize: integer("file_size").notNull(),
    format: varchar("format", { length: 10 }).notNull(),
    createdAt: createdAt(),
  },
  (table) => [unique("images_crawl_job_id_filename_unique").on(table.crawlJobId, table.filename)],
);

export const activityLogs = pgTable(
  "activity_logs",
  {
    id: serial("id").primaryKey(),
    userId: uuid("user_id").references(() => profiles.id, { onDelete: "set null" }),
    action: text("action").notNull(),
    resourceType: varchar("resource_type", { length: 40 }),
    resourceId: text("resource_id"),
    metadata: jsonb("metadata").$type<Record<string, unknown>>(),
    createdAt: createdAt(),
  },
  (table) => [index("activity_logs_user_id_created_at_idx").on(table.userId, table.createdAt)],
);

export const apiKeys = pgTable(
  "api_keys",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    userId: uuid("user_id")
      .notNull()
      .references(() => profiles.id, { onDelete: "cascade" }),
    name: varchar("name", { length: 80 }).notNull(),
    keyPrefix: varchar("key_prefix", { length: 12 }).notNull(),
    keyHash: varchar("key_hash", { length: 64 }).notNull().unique(),
    usageCount: integer("usage_count").notNull().default(0),
    lastUsedAt: timestamp("last_used_at", { withTimezone: true }),
    revokedAt: timestamp("revoked_at", { withTimezone: true }),
    createdAt: createdAt(),
  },
  (table) => [index("api_keys_user_id_idx").on(table.userId)],
);

export const creditAccounts = pgTable(
  "credit_accounts",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    userId: uuid("user_id")
      .notNull()
      .unique()
      .references(() => profiles.id, { onDelete: "cascade" }),
    balance: integer("balance").notNull().default(0),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [check("credit_accounts_balance_check", sql`${table.balance} >= 0`)],
);

export const creditTransactions = pgTable(
  "credit_transactions",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    accountId: uuid("account_id")
      .notNull()
      .references(() => creditAccounts.id, { onDelete: "cascade" }),
    kind: varchar("kind", { length: 20 }).notNull(),
    amount: integer("amount").notNull(),
    balanceAfter: integer("balance_after").notNull(),
    description: text("description").notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    index("credit_transactions_account_id_created_at_idx").on(table.accountId, table.createdAt),
    check("credit_transactions_kind_check", sql`${table.kind} in ('purchase', 'usage', 'refund')`),
  ],
);

export const notifications = pgTable(
  "notifications",
  {
    id: serial("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => profiles.id, { onDelete: "cascade" }),
    title: varchar("title", { length: 200 }).notNull(),
    message: text("message").notNull(),
    isRead: boolean("is_read").notNull().default(false),
    readAt: timestamp("read_at", { withTimezone: true }),
    createdAt: createdAt(),
  },
  (table) => [index("notifications_user_id_is_read_idx").on(table.userId, table.isRead)],
);

export const notificationPreferences = pgTable("notification_preferences", {
  userId: uuid("user_id")
    .primaryKey()
    .references(() => profiles.id, { onDelete: "cascade" }),
  emailEnabled: boolean("email_enabled").notNull().default(true),
  jobCompleted: boolean("job_completed").notNull().default(true),
  jobFailed: boolean("job_failed").notNull().default(true),
  updatedAt: updatedAt(),
});

export const usageMetrics = pgTable(
  "usage_metrics",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    userId: uuid("user_id")
      .notNull()
      .references(() => profiles.id, { onDelete: "cascade" }),
    metricDate: date("metric_date").notNull(),
    jobsCompleted: integer("jobs_completed").notNull().default(0),
    imagesProcessed: integer("images_processed").notNull().default(0),
    updatedAt: updatedAt(),
  },
  (table) => [unique("usage_metrics_user_id_metric_date_unique").on(table.userId, table.metricDate)],
);
