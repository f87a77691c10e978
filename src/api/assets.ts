/** Files of the pages that the server hands out itself: read once, named by their content, asked for again each time. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from './errors.ts'

export interface Asset {
  type: string
  body: Buffer
  etag: string
}

export function asset(type: string, body: Buffer | string): Asset {
  const bytes = Buffer.from(body)
  return { type, body: bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` }
}

/** The folder of a built page: beside the built server, or in dist/ when the sources run (scripts/build-pages.mjs). */
export function builtFolder(name: string): string | undefined {
  return [`./${name}`, `../../dist/${name}`]
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(join(path, 'index.html')))
}

/** The files of a built page; none when it was not built. */
export function loadAssets(folder: string | undefined, types: Readonly<Record<string, string>>): Map<string, Asset> {
  if (folder === undefined) return new Map()
  return new Map(
    Object.entries(types).map(([name, type]) => [name, asset(type, readFileSync(join(folder, name)))] as const),
  )
}

/** @throws ApiError 404, 405 */
export async function sendAsset(
  found: Asset | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
  headers: Record<string, string>,
): Promise<void> {
  if (found === undefined) throw new ApiError(404, 'not_found', 'There is no such page.')
  if (request.method !== 'GET' && request.method !== 'HEAD')
    throw new ApiError(405, 'method_not_allowed', 'only GET,HEAD accepted')
  reply.headers({
    'content-type': found.type,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'x-robots-tag': 'noindex, nofollow',
    'referrer-policy': 'no-referrer',
    'permissions-policy': 'geolocation=(), camera=(), microphone=()',
    // Asked for again each time, sent again only when it has changed.
    'cache-control': 'no-cache',
    etag: found.etag,
    ...headers,
  })
  if (request.headers['if-none-match'] === found.etag) return void reply.code(304).send()
  await reply.send(found.body)
}
