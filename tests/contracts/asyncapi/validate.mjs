// Parses AsyncAPI documents (a JSON array on standard input) with the AsyncAPI project's own parser, and holds each to the
// published schema of its version as well. Prints what was found, in the same order; the test judges it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Parser } from "@asyncapi/parser";
import Ajv from "ajv";

const require = createRequire(import.meta.url);
const parser = new Parser();
const checks = new Map();

function schemaErrors(raw) {
  if (!checks.has(raw.asyncapi)) {
    try {
      const schema = require(`@asyncapi/specs/schemas/${raw.asyncapi}-without-$id.json`);
      checks.set(raw.asyncapi, new Ajv.default({ strict: false, logger: false }).compile(schema));
    } catch (fault) {
      if (fault.code !== "MODULE_NOT_FOUND") throw fault;
      return [`no schema of version ${raw.asyncapi} was published`];
    }
  }
  const check = checks.get(raw.asyncapi);
  return check(raw) ? [] : check.errors.map(({ instancePath, message }) => `${instancePath} ${message}`);
}

async function look(raw) {
  const { document, diagnostics } = await parser.parse(JSON.stringify(raw));
  const messages = document ? document.components().messages().all() : [];
  return {
    diagnostics: diagnostics.map(({ severity, code, message, path }) => ({ severity, code, message, path: path.join("/") })),
    schemaErrors: schemaErrors(raw),
    version: document?.version() ?? null,
    channels: document ? document.channels().all().map((each) => each.address()) : [],
    // With the traits applied and the references followed, as a reader of the document sees them.
    messages: Object.fromEntries(
      messages.map((each) => [
        each.id(),
        {
          headers: each.headers().json(),
          payload: each.payload().json(),
          examples: each.examples().all().map((example) => example.json()),
        },
      ]),
    ),
  };
}

const found = [];
for (const raw of JSON.parse(readFileSync(0, "utf8"))) found.push(await look(raw));
console.log(JSON.stringify(found));
