-- What a Supabase database has before a project's own migrations run, as far as migrations and policies refer to it.
-- Runs as the administrator, in one transaction, any number of times.

DO $roles$
BEGIN
  IF to_regrole('anon') IS NULL THEN
    CREATE ROLE anon NOLOGIN NOINHERIT;
  END IF;
  IF to_regrole('authenticated') IS NULL THEN
    CREATE ROLE authenticated NOLOGIN NOINHERIT;
  END IF;
  IF to_regrole('service_role') IS NULL THEN
    CREATE ROLE service_role NOLOGIN NOINHERIT BYPASSRLS;
  END IF;
  -- The owner of everything in a Supabase project; may log in only when one of the workspace's URLs does.
  IF to_regrole('postgres') IS NULL THEN
    CREATE ROLE postgres NOLOGIN CREATEROLE CREATEDB BYPASSRLS;
  END IF;
  GRANT anon, authenticated, service_role TO postgres;
END
$roles$;

-- Extensions live in a schema of their own, which every session searches. A server without OpenSSL has no pgcrypto.
CREATE SCHEMA IF NOT EXISTS extensions;
GRANT USAGE ON SCHEMA extensions TO postgres, anon, authenticated, service_role;
DO $extensions$
DECLARE
  extension text;
BEGIN
  FOR extension IN
    SELECT name FROM pg_available_extensions WHERE name IN ('pgcrypto', 'uuid-ossp') AND installed_version IS NULL
  LOOP
    EXECUTE format('CREATE EXTENSION IF NOT EXISTS %I WITH SCHEMA extensions', extension);
  END LOOP;
  EXECUTE format('ALTER DATABASE %I SET search_path TO "$user", public, extensions', current_database());
END
$extensions$;

CREATE SCHEMA IF NOT EXISTS auth;
GRANT USAGE ON SCHEMA auth TO postgres, anon, authenticated, service_role;

CREATE TABLE IF NOT EXISTS auth.users (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  instance_id uuid,
  aud varchar(255),
  role varchar(255),
  email varchar(255),
  encrypted_password varchar(255),
  email_confirmed_at timestamptz,
  phone text,
  phone_confirmed_at timestamptz,
  last_sign_in_at timestamptz,
  raw_app_meta_data jsonb,
  raw_user_meta_data jsonb,
  is_super_admin boolean,
  is_sso_user boolean NOT NULL DEFAULT false,
  is_anonymous boolean NOT NULL DEFAULT false,
  banned_until timestamptz,
  deleted_at timestamptz,
  created_at timestamptz DEFAULT now(),
  updated_at timestamptz DEFAULT now()
);
CREATE UNIQUE INDEX IF NOT EXISTS users_email_partial_key ON auth.users (email) WHERE NOT is_sso_user;
GRANT ALL ON auth.users TO postgres, service_role;

-- The claims of the request's token: one setting holds them all, older gateways set one for each claim.
CREATE OR REPLACE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS $jwt$
  SELECT coalesce(
    nullif(current_setting('request.jwt.claims', true), ''),
    nullif(current_setting('request.jwt.claim', true), '')
  )::jsonb
$jwt$;

CREATE OR REPLACE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $uid$
  SELECT coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''), auth.jwt() ->> 'sub')::uuid
$uid$;

CREATE OR REPLACE FUNCTION auth.role() RETURNS text LANGUAGE sql STABLE AS $role$
  SELECT coalesce(nullif(current_setting('request.jwt.claim.role', true), ''), auth.jwt() ->> 'role')
$role$;

CREATE OR REPLACE FUNCTION auth.email() RETURNS text LANGUAGE sql STABLE AS $email$
  SELECT coalesce(nullif(current_setting('request.jwt.claim.email', true), ''), auth.jwt() ->> 'email')
$email$;

GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA auth TO postgres, anon, authenticated, service_role;

-- Row-level security decides, not grants: that is Supabase's way for everything in `public`.
CREATE SCHEMA IF NOT EXISTS public;
GRANT USAGE ON SCHEMA public TO postgres, anon, authenticated, service_role;
GRANT CREATE ON SCHEMA public TO postgres;
GRANT ALL ON ALL TABLES IN SCHEMA public TO postgres, anon, authenticated, service_role;
GRANT ALL ON ALL FUNCTIONS IN SCHEMA public TO postgres, anon, authenticated, service_role;
GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO postgres, anon, authenticated, service_role;
