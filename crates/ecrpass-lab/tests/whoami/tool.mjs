// Runs the AWS SDK for JavaScript over many homes: one line of JSON in for each run, one out.
//
// Files are cached by their path, and every home has paths of its own.

import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const require = createRequire(process.argv[2] + "/");
const { ECRClient, GetAuthorizationTokenCommand } = require("@aws-sdk/client-ecr");
console.warn = () => {};

async function run(job) {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, job.env);
  process.chdir(job.home);
  try {
    const client = new ECRClient({});
    await client.send(new GetAuthorizationTokenCommand({}));
    return { good: true, said: "" };
  } catch (error) {
    return { good: false, said: `${error?.name}: ${error?.message}`.slice(0, 2000) };
  }
}

process.on("unhandledRejection", () => {});
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await run(JSON.parse(line))));
}
