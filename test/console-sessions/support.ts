/** A browser signed in to the console, over plain HTTP: it keeps the cookie and shows the CSRF token as a page would. */
import type { Reply, TestServer } from '../support/server.ts'

export const OWNER = 'owner@lockstitch.local'

export interface Browser {
  /** The cookie as `name=value`; empty when there is none. */
  cookie: string
  csrf: string
  /** POST as a page of the server itself. */
  post(path: string, body?: object, headers?: Record<string, string>): Promise<Reply>
  ok(path: string, body?: object, headers?: Record<string, string>): Promise<Reply['body']>
  /** As `post`, in a workspace. */
  inWorkspace(path: string, body?: object): Promise<Reply>
  signIn(emailAddress: string, password: string): Promise<Reply>
  /** Listens to changes; answers what was told so far, as it comes. */
  listen(workspaceId?: string): Promise<LiveStream>
}

export interface LiveStream extends AsyncDisposable {
  status: number
  changes: { kinds: string[]; events: { event_id: string; event_type: string }[]; action_attempt_ids: string[] }[]
  /** Resolves when the server has ended it. */
  ended: Promise<void>
  text(): string
}

export async function passwordOf(server: TestServer): Promise<string> {
  return server.server.consolePassword ?? ''
}

/** A browser at the server of this address, signed out. */
export function newBrowser(server: { url: string; workspaceId: string }): Browser {
  const { url } = server
  const browser: Browser = {
    cookie: '',
    csrf: '',
    async post(path, body = {}, headers = {}) {
      const response = await fetch(url + path, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          origin: url,
          'sec-fetch-site': 'same-origin',
          ...(browser.cookie === '' ? {} : { cookie: browser.cookie }),
          ...(browser.csrf === '' ? {} : { 'x-csrf-token': browser.csrf }),
          ...headers,
        },
        body: JSON.stringify(body),
      })
      const reply = { status: response.status, headers: response.headers, body: await response.json() } as Reply
      const set = response.headers.get('set-cookie')
      if (set !== null) browser.cookie = /Max-Age=0/.test(set) ? '' : (set.split(';')[0] ?? '')
      const token: unknown = reply.body['console_session']?.csrf_token
      if (typeof token === 'string') browser.csrf = token
      return reply
    },
    async ok(path, body = {}, headers = {}) {
      const reply = await browser.post(path, body, headers)
      if (reply.status !== 200) throw new Error(`${path} answered ${reply.status}: ${JSON.stringify(reply.body)}`)
      return reply.body
    },
    inWorkspace: (path, body = {}) => browser.post(path, body, { 'seam-workspace': server.workspaceId }),
    signIn: (email_address, password) => browser.post('/console/sessions/create', { email_address, password }),
    listen: (workspaceId = server.workspaceId) =>
      openStream(`${url}/console/live?workspace_id=${workspaceId}`, browser.cookie),
  }
  return browser
}

/** A browser in which the first account is signed in. */
export async function signedIn(server: TestServer): Promise<Browser> {
  const browser = newBrowser(server)
  const reply = await browser.signIn(OWNER, await passwordOf(server))
  if (reply.status !== 200) throw new Error(`sign-in answered ${reply.status}: ${JSON.stringify(reply.body)}`)
  return browser
}

export async function openStream(
  url: string,
  cookie: string,
  headers: Record<string, string> = { 'sec-fetch-site': 'same-origin' },
): Promise<LiveStream> {
  const controller = new AbortController()
  const response = await fetch(url, {
    headers: { accept: 'text/event-stream', cookie, ...headers },
    signal: controller.signal,
  })
  let text = ''
  const changes: LiveStream['changes'] = []
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder()
    try {
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        text += decoder.decode(chunk, { stream: true })
        for (let at = text.indexOf('\n\n'); at !== -1; at = text.indexOf('\n\n')) {
          const block = text.slice(0, at)
          text = text.slice(at + 2)
          const data = /^event: change\ndata: (.*)$/m.exec(block)?.[1]
          if (data !== undefined) changes.push(JSON.parse(data))
        }
      }
    } catch (error) {
      if (!controller.signal.aborted) throw error
    }
  }
  return {
    status: response.status,
    changes,
    ended: read(),
    text: () => text,
    async [Symbol.asyncDispose]() {
      controller.abort()
    },
  }
}
