/** A person before the hosted flow without a browser: follows links and hints, fills in forms, and sends them. */
import type { Reply, TestServer } from '../support/server.ts'

export interface SeenPage {
  status: number
  url: string
  text: string
  headers: Headers
}

/** Opens a page as a browser would: redirects are followed. */
export async function open(url: string, form?: Record<string, string>): Promise<SeenPage> {
  const response = await fetch(url, {
    ...(form === undefined
      ? {}
      : {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams(form).toString(),
        }),
  })
  return { status: response.status, url: response.url, text: await response.text(), headers: response.headers }
}

const unescaped = (text: string): string =>
  text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<')

/** Where a link or form of the page leads, by the text of the link or the first form that is not Cancel. */
export function hrefOf(page: SeenPage, words: string): string {
  const found = [...page.text.matchAll(/<a [^>]*?href="([^"]*)"[^>]*>(.*?)<\/a>/gs)].find(([, , inside]) =>
    inside?.includes(words),
  )
  if (found?.[1] === undefined) throw new Error(`no link "${words}" in ${page.text}`)
  return new URL(unescaped(found[1]), page.url).href
}

export function actionOf(page: SeenPage): string {
  const found = [...page.text.matchAll(/<form[^>]*method="post"[^>]*?action="([^"]*)"/gs)]
    .map(([, action]) => action ?? '')
    .find((action) => !action.includes('at=cancel'))
  if (found === undefined) throw new Error(`no form in ${page.text}`)
  return new URL(unescaped(found), page.url).href
}

/** The fields of the form with what the page's hints say, or what stands in them. */
export function hinted(page: SeenPage): Record<string, string> {
  const filled: Record<string, string> = {}
  for (const [block] of page.text.matchAll(/<div class="field">.*?<\/div>/gs)) {
    const name = /name="([^"]+)"/.exec(block)?.[1] ?? ''
    const hint = /<code>(.*?)<\/code>/s.exec(block)?.[1]
    const chosen = /<option value="([^"]*)" selected/.exec(block)?.[1]
    filled[name] = unescaped(hint ?? chosen ?? /value="([^"]*)"/.exec(block)?.[1] ?? '')
  }
  const radio = /<input\s+type="radio"\s+name="([^"]+)"\s+value="([^"]+)"\s+checked/s.exec(page.text)
  if (radio?.[1] !== undefined) filled[radio[1]] = unescaped(radio[2] ?? '')
  return filled
}

export const isDone = (page: SeenPage): boolean => page.text.includes('is connected</h1>')

/** Goes through the whole flow of the one system that the webview offers, by its hints. Answers the pages seen. */
export async function goThrough(
  url: string,
  change: (name: string, value: string) => string = (_, value) => value,
): Promise<SeenPage[]> {
  const seen = [await open(url)]
  const at = (): SeenPage => seen.at(-1) as SeenPage
  seen.push(await open(hrefOf(at(), 'Continue')))
  while (!isDone(at()) && seen.length < 15) {
    const form = Object.fromEntries(Object.entries(hinted(at())).map(([name, value]) => [name, change(name, value)]))
    seen.push(await open(actionOf(at()), form))
  }
  return seen
}

export async function newWebview(server: TestServer, params: object = {}): Promise<Reply['body']> {
  return (await server.ok('/connect_webviews/create', params))['connect_webview']
}

/** All providers that a sandbox offers. */
export async function providersOf(server: TestServer): Promise<string[]> {
  const { providers } = await server.ok('/connected_accounts/list_providers')
  return providers.map((one: { provider: string }) => one.provider)
}

export async function eventsAbout(server: TestServer, filter: object): Promise<Reply['body'][]> {
  const { events } = await server.ok('/events/list', { since: '2000-01-01T00:00:00Z', ...filter })
  return events
}
