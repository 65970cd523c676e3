import { z } from "zod";

// A build for production names its addresses; elsewhere those of this machine do.
const production = process.env.NODE_ENV === "production";

const envSchema = z.object({
  NODE_ENV: z.enum(["development", "production", "test"]),

  NEXT_PUBLIC_APP_URL: production ? z.url() : z.url().default("http://localhost:3000"),
  NEXT_PUBLIC_API_URL: production ? z.url() : z.url().default("http://localhost:8000/api/v1"),

  NEXT_PUBLIC_SUPABASE_URL: z.url(),
  NEXT_PUBLIC_SUPABASE_ANON_KEY: z.string().min(1),

  // Server only: undefined in the browser, whatever the file says.
  POSTGRES_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  RESEND_API_KEY: z.string().min(1).optional(),
  CONTACT_EMAIL: z.email().optional(),
  FROM_EMAIL: z.email().optional(),
  STRIPE_SECRET_KEY: z.string().startsWith("sk_").optional(),
  STRIPE_WEBHOOK_SECRET: z.string().startsWith("whsec_").optional(),

  NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY: z.string().startsWith("pk_").optional(),
});

export type Env = z.infer<typeof envSchema>;

// Each name is spelled out: Next replaces `process.env.NEXT_PUBLIC_…` by its value
// when it builds, and cannot do so through a variable.
const result = envSchema.safeParse({
  NODE_ENV: process.env.NODE_ENV,
  NEXT_PUBLIC_APP_URL: process.env.NEXT_PUBLIC_APP_URL,
  NEXT_PUBLIC_API_URL: process.env.NEXT_PUBLIC_API_URL,
  NEXT_PUBLIC_SUPABASE_URL: process.env.NEXT_PUBLIC_SUPABASE_URL,
  NEXT_PUBLIC_SUPABASE_ANON_KEY: process.env.NEXT_PUBLIC_SUPABASE_ANON_KEY,
  POSTGRES_URL: process.env.POSTGRES_URL,
  RESEND_API_KEY: process.env.RESEND_API_KEY,
  CONTACT_EMAIL: process.env.CONTACT_EMAIL,
  FROM_EMAIL: process.env.FROM_EMAIL,
  STRIPE_SECRET_KEY: process.env.STRIPE_SECRET_KEY,
  STRIPE_WEBHOOK_SECRET: process.env.STRIPE_WEBHOOK_SECRET,
  NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY: process.env.NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY,
});

if (!result.success) {
  const problems = result.error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`The environment of the frontend is not valid:\n${problems.join("\n")}`);
}

export const env: Env = result.data;
