/** The hosted flow of Connect Webviews over HTTP: `<public url>/connect_webviews/view` and its files (src/connect). */
import type { FastifyReply } from 'fastify'
import { readAssets } from '../../connect/assets.ts'
import { serveConnectPage } from '../../connect/serve.ts'
import { from } from '../../trace.ts'
import { ApiError } from '../errors.ts'
import type { Page } from '../http.ts'
import { addressOf, Guesses, refuseUntil } from '../limits.ts'
import type { Services } from '../operation.ts'

const PATH = '/connect_webviews/view'

/** Wrong addresses that one caller may try within ten minutes. */
const MOST_WRONG = 50

export function connectWebviewPage(services: Services): Page {
  const assets = readAssets()
  const guesses = new Guesses(MOST_WRONG)
  return {
    matches: (path) => path === PATH || path.startsWith(`${PATH}/`),
    async serve(path, request, reply) {
      const { method } = request
      const asset = assets.get(path.slice(PATH.length + 1))
      if (path !== PATH && asset === undefined) throw new ApiError(404, 'not_found', 'There is no such page.')
      if (method !== 'GET' && (method !== 'POST' || asset !== undefined)) {
        throw new ApiError(405, 'method_not_allowed', 'only GET,POST accepted')
      }
      reply.headers(HEADERS)
      if (asset !== undefined) {
        await reply.headers({ 'content-type': asset.type, 'cache-control': 'no-cache' }).send(asset.body)
        return
      }
      // Whoever reads the page holds its address: nobody reads it from another page.
      reply.removeHeader('access-control-allow-origin')
      reply.removeHeader('access-control-allow-credentials')
      const address = addressOf(request.ip, request.headers)
      const now = services.clock.now()
      refuseUntil(
        guesses.waitMs(address, now),
        'Too many links that do not exist were opened. Try again in a few minutes.',
      )
      const [own = '', query = ''] = request.url.split('?', 2)
      // Its links and files are named beside it.
      if (own.endsWith('/')) return void reply.redirect(`../view?${query}`, 308)
      const sent = new URLSearchParams(method === 'POST' ? ((request.body ?? '') as string) : '')
      const asked = { method, query: new URLSearchParams(query), sent } as const
      const answer = await from({ requestId: request.id, step: null }, () => serveConnectPage(asked, services))
      if (answer === undefined) {
        guesses.wrong(address, now)
        return sendPage(reply.code(404), NOT_FOUND, "default-src 'none'")
      }
      if ('goTo' in answer) return void reply.redirect(answer.goTo, 303)
      return sendPage(reply, answer.html, answer.contentSecurityPolicy)
    },
  }
}

const HEADERS = {
  // What is filled in belongs to now: going back asks again.
  'cache-control': 'no-store',
  'x-robots-tag': 'noindex, nofollow',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'geolocation=(), camera=(), microphone=()',
}

const NOT_FOUND = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Not found</title></head><body><main>
<h1>This link cannot be opened</h1><p>It may be incomplete, or have been withdrawn. Ask whoever sent it for a new one.</p></main></body></html>`

async function sendPage(reply: FastifyReply, html: string, contentSecurityPolicy: string): Promise<void> {
  await reply
    .headers({ 'content-type': 'text/html; charset=utf-8', 'content-security-policy': contentSecurityPolicy })
    .send(html)
}
