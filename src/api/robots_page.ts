/** Nothing that this server hands out belongs into a search engine: links to keys least of all. */
import { asset, sendAsset } from './assets.ts'
import type { Page } from './http.ts'

export function robotsPage(): Page {
  const robots = asset('text/plain; charset=utf-8', 'User-agent: *\nDisallow: /\n')
  return {
    matches: (path) => path === '/robots.txt',
    serve: (_path, request, reply) => sendAsset(robots, request, reply, {}),
  }
}
