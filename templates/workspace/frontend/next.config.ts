import type { NextConfig } from "next";

// Imported for its effect: a wrong or missing variable stops `next dev` and
// `next build` at once, with a list of what to mend.
import "./lib/env";

const config: NextConfig = {
  poweredByHeader: false,
  // `next dev` answers localhost only; the terminal often prints 127.0.0.1.
  allowedDevOrigins: ["127.0.0.1"],
  turbopack: { root: __dirname },
};

export default config;
