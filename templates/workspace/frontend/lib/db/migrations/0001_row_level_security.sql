-- Supabase shows the public schema to every browser that holds the anon key, so
-- each table is closed first and opened row by row. The backend connects as a
-- role that bypasses these policies and checks ownership itself.
ALTER TABLE public.profiles ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE public.projects ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE public.crawl_jobs ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE public.images ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY profiles_select_own ON public.profiles FOR SELECT TO authenticated
  USING (id = (SELECT auth.uid()));
--> statement-breakpoint
CREATE POLICY projects_all_own ON public.projects FOR ALL TO authenticated
  USING (user_id = (SELECT auth.uid()))
  WITH CHECK (user_id = (SELECT auth.uid()));
--> statement-breakpoint
CREATE POLICY crawl_jobs_select_own ON public.crawl_jobs FOR SELECT TO authenticated
  USING (EXISTS (
    SELECT 1 FROM public.projects
    WHERE projects.id = crawl_jobs.project_id AND projects.user_id = (SELECT auth.uid())
  ));
--> statement-breakpoint
CREATE POLICY images_select_own ON public.images FOR SELECT TO authenticated
  USING (EXISTS (
    SELECT 1 FROM public.crawl_jobs
    JOIN public.projects ON projects.id = crawl_jobs.project_id
    WHERE crawl_jobs.id = images.crawl_job_id AND projects.user_id = (SELECT auth.uid())
  ));
--> statement-breakpoint
CREATE FUNCTION public.set_updated_at() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  NEW.updated_at = now();
  RETURN NEW;
END;
$$;
--> statement-breakpoint
CREATE TRIGGER profiles_set_updated_at BEFORE UPDATE ON public.profiles
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
--> statement-breakpoint
CREATE TRIGGER projects_set_updated_at BEFORE UPDATE ON public.projects
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
--> statement-breakpoint
CREATE TRIGGER crawl_jobs_set_updated_at BEFORE UPDATE ON public.crawl_jobs
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
