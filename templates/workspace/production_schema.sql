-- The whole database as the migrations in frontend/lib/db/migrations leave it, for a
-- fresh Supabase project (which brings auth.users, auth.uid() and the roles).
-- Kept by hand: a change to frontend/lib/db/schema.ts is a change here.

BEGIN;

-- Tables

CREATE TABLE public.profiles (
  id uuid PRIMARY KEY NOT NULL,
  email text NOT NULL,
  full_name text,
  role varchar(20) DEFAULT 'user' NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT profiles_email_unique UNIQUE (email),
  CONSTRAINT profiles_id_users_id_fk FOREIGN KEY (id) REFERENCES auth.users (id) ON DELETE CASCADE
);

CREATE TABLE public.projects (
  id serial PRIMARY KEY NOT NULL,
  user_id uuid NOT NULL,
  name varchar(120) NOT NULL,
  description text,
  status varchar(20) DEFAULT 'active' NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT projects_status_check CHECK (status in ('active', 'archived')),
  CONSTRAINT projects_user_id_profiles_id_fk FOREIGN KEY (user_id) REFERENCES public.profiles (id) ON DELETE CASCADE
);

CREATE TABLE public.crawl_jobs (
  id serial PRIMARY KEY NOT NULL,
  project_id integer NOT NULL,
  name varchar(120) NOT NULL,
  keywords jsonb DEFAULT '[]'::jsonb NOT NULL,
  max_images integer DEFAULT 12 NOT NULL,
  status varchar(20) DEFAULT 'pending' NOT NULL,
  progress integer DEFAULT 0 NOT NULL,
  downloaded_images integer DEFAULT 0 NOT NULL,
  total_chunks integer DEFAULT 0 NOT NULL,
  completed_chunks integer DEFAULT 0 NOT NULL,
  failed_chunks integer DEFAULT 0 NOT NULL,
  task_id text,
  error text,
  started_at timestamp with time zone,
  completed_at timestamp with time zone,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT crawl_jobs_progress_check CHECK (progress between 0 and 100),
  CONSTRAINT crawl_jobs_status_check CHECK (status in ('pending', 'running', 'completed', 'failed', 'cancelled')),
  CONSTRAINT crawl_jobs_project_id_projects_id_fk FOREIGN KEY (project_id) REFERENCES public.projects (id) ON DELETE CASCADE
);

CREATE TABLE public.images (
  id serial PRIMARY KEY NOT NULL,
  crawl_job_id integer NOT NULL,
  keyword text NOT NULL,
  original_url text NOT NULL,
  filename varchar(255) NOT NULL,
  storage_path text NOT NULL,
  width integer NOT NULL,
  height integer NOT NULL,
  file_size integer NOT NULL,
  format varchar(10) NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT images_crawl_job_id_filename_unique UNIQUE (crawl_job_id, filename),
  CONSTRAINT images_crawl_job_id_crawl_jobs_id_fk FOREIGN KEY (crawl_job_id) REFERENCES public.crawl_jobs (id) ON DELETE CASCADE
);

CREATE TABLE public.activity_logs (
  id serial PRIMARY KEY NOT NULL,
  user_id uuid,
  action text NOT NULL,
  resource_type varchar(40),
  resource_id text,
  metadata jsonb,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT activity_logs_user_id_profiles_id_fk FOREIGN KEY (user_id) REFERENCES public.profiles (id) ON DELETE SET NULL
);

CREATE TABLE public.api_keys (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
  user_id uuid NOT NULL,
  name varchar(80) NOT NULL,
  key_prefix varchar(12) NOT NULL,
  key_hash varchar(64) NOT NULL,
  usage_count integer DEFAULT 0 NOT NULL,
  last_used_at timestamp with time zone,
  revoked_at timestamp with time zone,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT api_keys_key_hash_unique UNIQUE (key_hash),
  CONSTRAINT api_keys_user_id_profiles_id_fk FOREIGN KEY (user_id) REFERENCES public.profiles (id) ON DELETE CASCADE
);

CREATE TABLE public.credit_accounts (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
  user_id uuid NOT NULL,
  balance integer DEFAULT 0 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT credit_accounts_user_id_unique UNIQUE (user_id),
  CONSTRAINT credit_accounts_balance_check CHECK (balance >= 0),
  CONSTRAINT credit_accounts_user_id_profiles_id_fk FOREIGN KEY (user_id) REFERENCES public.profiles (id) ON DELETE CASCADE
);

CREATE TABLE public.credit_transactions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
  account_id uuid NOT NULL,
  kind varchar(20) NOT NULL,
  amount integer NOT NULL,
  balance_after integer NOT NULL,
  description text NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT credit_transactions_kind_check CHECK (kind in ('purchase', 'usage', 'refund')),
  CONSTRAINT credit_transactions_account_id_credit_accounts_id_fk FOREIGN KEY (account_id) REFERENCES public.credit_accounts (id) ON DELETE CASCADE
);

CREATE TABLE public.notification_preferences (
  user_id uuid PRIMARY KEY NOT NULL,
  email_enabled boolean DEFAULT true NOT NULL,
  job_completed boolean DEFAULT true NOT NULL,
  job_failed boolean DEFAULT true NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT notification_preferences_user_id_profiles_id_fk FOREIGN KEY (user_id) REFERENCES public.profiles (id) ON DELETE CASCADE
);

CREATE TABLE public.notifications (
  id serial PRIMARY KEY NOT NULL,
  user_id uuid NOT NULL,
  title varchar(200) NOT NULL,
  message text NOT NULL,
  is_read boolean DEFAULT false NOT NULL,
  read_at timestamp with time zone,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT notifications_user_id_profiles_id_fk FOREIGN KEY (user_id) REFERENCES public.profiles (id) ON DELETE CASCADE
);

CREATE TABLE public.usage_metrics (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
  user_id uuid NOT NULL,
  metric_date date NOT NULL,
  jobs_completed integer DEFAULT 0 NOT NULL,
  images_processed integer DEFAULT 0 NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT usage_metrics_user_id_metric_date_unique UNIQUE (user_id, metric_date),
  CONSTRAINT usage_metrics_user_id_profiles_id_fk FOREIGN KEY (user_id) REFERENCES public.profiles (id) ON DELETE CASCADE
);

-- Indexes

CREATE INDEX activity_logs_user_id_created_at_idx ON public.activity_logs (user_id, created_at);
CREATE INDEX api_keys_user_id_idx ON public.api_keys (user_id);
CREATE INDEX crawl_jobs_project_id_idx ON public.crawl_jobs (project_id);
CREATE INDEX crawl_jobs_status_idx ON public.crawl_jobs (status);
CREATE INDEX credit_transactions_account_id_created_at_idx ON public.credit_transactions (account_id, created_at);
CREATE INDEX notifications_user_id_is_read_idx ON public.notifications (user_id, is_read);
CREATE INDEX projects_user_id_idx ON public.projects (user_id);

-- Row level security
--
-- Supabase shows the public schema to every browser that holds the anon key, so
-- each table is closed first and opened row by row. The backend connects as a
-- role that bypasses these policies and checks ownership itself.

ALTER TABLE public.profiles ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.crawl_jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.images ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.activity_logs ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.credit_accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.credit_transactions ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.notification_preferences ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.notifications ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.usage_metrics ENABLE ROW LEVEL SECURITY;

CREATE POLICY profiles_select_own ON public.profiles FOR SELECT TO authenticated
  USING (id = (SELECT auth.uid()));

CREATE POLICY projects_all_own ON public.projects FOR ALL TO authenticated
  USING (user_id = (SELECT auth.uid()))
  WITH CHECK (user_id = (SELECT auth.uid()));

CREATE POLICY crawl_jobs_select_own ON public.crawl_jobs FOR SELECT TO authenticated
  USING (EXISTS (
    SELECT 1 FROM public.projects
    WHERE projects.id = crawl_jobs.project_id AND projects.user_id = (SELECT auth.uid())
  ));

CREATE POLICY images_select_own ON public.images FOR SELECT TO authenticated
  USING (EXISTS (
    SELECT 1 FROM public.crawl_jobs
    JOIN public.projects ON projects.id = crawl_jobs.project_id
    WHERE crawl_jobs.id = images.crawl_job_id AND projects.user_id = (SELECT auth.uid())
  ));

CREATE POLICY activity_logs_select_own ON public.activity_logs FOR SELECT TO authenticated
  USING (user_id = (SELECT auth.uid()));

CREATE POLICY api_keys_select_own ON public.api_keys FOR SELECT TO authenticated
  USING (user_id = (SELECT auth.uid()));

CREATE POLICY credit_accounts_select_own ON public.credit_accounts FOR SELECT TO authenticated
  USING (user_id = (SELECT auth.uid()));

CREATE POLICY credit_transactions_select_own ON public.credit_transactions FOR SELECT TO authenticated
  USING (EXISTS (
    SELECT 1 FROM public.credit_accounts
    WHERE credit_accounts.id = credit_transactions.account_id AND credit_accounts.user_id = (SELECT auth.uid())
  ));

CREATE POLICY notification_preferences_all_own ON public.notification_preferences FOR ALL TO authenticated
  USING (user_id = (SELECT auth.uid()))
  WITH CHECK (user_id = (SELECT auth.uid()));

CREATE POLICY notifications_select_own ON public.notifications FOR SELECT TO authenticated
  USING (user_id = (SELECT auth.uid()));

CREATE POLICY usage_metrics_select_own ON public.usage_metrics FOR SELECT TO authenticated
  USING (user_id = (SELECT auth.uid()));

-- Triggers

CREATE FUNCTION public.set_updated_at() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  NEW.updated_at = now();
  RETURN NEW;
END;
$$;

CREATE TRIGGER profiles_set_updated_at BEFORE UPDATE ON public.profiles
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

CREATE TRIGGER projects_set_updated_at BEFORE UPDATE ON public.projects
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

CREATE TRIGGER crawl_jobs_set_updated_at BEFORE UPDATE ON public.crawl_jobs
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

CREATE TRIGGER credit_accounts_set_updated_at BEFORE UPDATE ON public.credit_accounts
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

CREATE TRIGGER notification_preferences_set_updated_at BEFORE UPDATE ON public.notification_preferences
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

CREATE TRIGGER usage_metrics_set_updated_at BEFORE UPDATE ON public.usage_metrics
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

COMMIT;
