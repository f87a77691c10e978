/**
 * `GET /console/live?workspace_id=...`: what changes in a workspace, as server-sent events, whichever process changes it.
 * An event says which kinds of things changed, and the ids of what happened; the page asks for what it shows again. A
 * browser's EventSource sends no headers of its own, so the cookie alone says who listens: nothing that is told is secret.
 */
import type { ServerResponse } from 'node:http'
import type pg from 'pg'
import type { EventRecord } from '../../domain/records.ts'
import { sessionsAlive } from '../../store/console-sessions.ts'
import { listEvents } from '../../store/events.ts'
import { ALL_KINDS, ChangeListener, membersAmong, merge, type Change, type Watcher } from '../../store/live.ts'
import { ApiError, errors } from '../errors.ts'
import type { Page } from '../http.ts'
import type { Services } from '../operation.ts'
import { isUuid } from '../people.ts'
import { sessionOfCookie } from './session-of-cookie.ts'

/** A workspace's changes of so many milliseconds are told together. */
const TOLD_EVERY_MS = 200
/** A comment at least so often, so that proxies keep the connection; who may listen is looked at again then. */
const HEARTBEAT_MS = 15_000
/** Streams of one user, and of one process. */
const MOST_OF_USER = 20
const MOST_STREAMS = 2000
/** Somebody who leaves so much unread (bytes) is dropped, and comes back to read afresh. */
const MOST_UNREAD = 256 * 1024
/** Events told by their ids; of more, the kinds are told. */
const MOST_EVENTS = 100

interface Stream {
  response: ServerResponse
  workspace_id: string
  user_id: string
  sessionId: string
}

type LiveServices = Pick<Services, 'store' | 'clock' | 'log' | 'signIn' | 'publicUrl'>

export class Live implements Page, Watcher, AsyncDisposable {
  readonly #services: LiveServices
  readonly #listener: ChangeListener
  readonly #streams = new Set<Stream>()
  /** What is to be told next, by workspace. */
  readonly #gathered = new Map<string, Change>()
  readonly #toldAt = new Map<string, number>()
  #arriving = 0
  #heartbeat: NodeJS.Timeout | null = null
  #isClosed = false

  constructor(services: LiveServices, connection: pg.ClientConfig) {
    this.#services = services
    this.#listener = new ChangeListener(connection, services.log, this)
  }

  matches(path: string): boolean {
    return path === '/console/live'
  }

  async serve(...[, request, reply]: Parameters<Page['serve']>): Promise<void> {
    if (request.method !== 'GET') throw new ApiError(405, 'method_not_allowed', 'only GET accepted')
    const asking = await this.#whoAsks(request.url, request.headers)
    this.#arriving++
    try {
      this.#heartbeat ??= setInterval(() => this.#beat(), HEARTBEAT_MS).unref()
      await this.#listener.start()
      this.#refuseTooMany(asking.user_id)
      const response = reply.header('content-type', 'text/event-stream; charset=utf-8').hijack().raw
      response.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'cache-control': 'no-store',
        // A proxy that gathers answers would tell of changes when they are old.
        'x-accel-buffering': 'no',
        // Nothing else goes over it, and it ends with the stream.
        connection: 'close',
      })
      const stream = { ...asking, response }
      response.on('close', () => this.#remove(stream))
      response.on('error', () => this.#remove(stream))
      this.#streams.add(stream)
      // From here on nothing is missed: a page that reads now hears of all that comes later.
      response.write('retry: 2000\n: listening\n\n')
      // The session may have ended just before we began to listen.
      this.#check([stream])
      if (this.#isClosed) response.end()
    } finally {
      this.#arriving--
      await this.#restIfAlone()
    }
  }

  /** @throws ApiError for those who may not listen */
  async #whoAsks(url: string, headers: Parameters<typeof sessionOfCookie>[0]): Promise<Omit<Stream, 'response'>> {
    const { consoleSession } = await sessionOfCookie(headers, this.#services)
    const workspaceId = new URLSearchParams(url.split('?')[1] ?? '').get('workspace_id')?.toLowerCase() ?? ''
    if (workspaceId === '') throw errors.invalidField('workspace_id', 'Required')
    const { user_id, console_session_id } = consoleSession
    if (!isUuid(workspaceId) || !(await this.#services.signIn.isMember(user_id, workspaceId)))
      throw errors.unauthorized('Unauthorized: workspace_id names no workspace that you are a member of.')
    return { workspace_id: workspaceId, user_id, sessionId: console_session_id }
  }

  #refuseTooMany(userId: string): void {
    const own = [...this.#streams].filter((one) => one.user_id === userId)
    if (own.length < MOST_OF_USER && this.#streams.size < MOST_STREAMS) return
    throw new ApiError(
      429,
      'too_many_live_streams',
      `At most ${String(MOST_OF_USER)} pages of a user are told of changes at once: close some.`,
      { retryAfterMs: HEARTBEAT_MS },
    )
  }

  #remove(stream: Stream): void {
    if (this.#streams.delete(stream)) void this.#restIfAlone()
  }

  /** When nobody listens, neither do we. */
  async #restIfAlone(): Promise<void> {
    if (this.#streams.size > 0 || this.#arriving > 0) return
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat)
    this.#heartbeat = null
    this.#gathered.clear()
    this.#toldAt.clear()
    await this.#listener.stop()
  }

  /** Ends all streams: browsers come back by themselves, to another process or to this one. */
  close(): void {
    this.#isClosed = true
    for (const { response } of this.#streams) response.end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    this.#streams.clear()
    await this.#restIfAlone()
  }

  changed(workspaceId: string, change: Change): void {
    if (![...this.#streams].some((stream) => stream.workspace_id === workspaceId)) return
    const known = this.#gathered.get(workspaceId)
    if (known !== undefined) return merge(known, change)
    this.#gathered.set(workspaceId, change)
    const sinceMs = performance.now() - (this.#toldAt.get(workspaceId) ?? -TOLD_EVERY_MS)
    setTimeout(() => void this.#tell(workspaceId), Math.max(0, TOLD_EVERY_MS - sinceMs)).unref()
  }

  async #tell(workspaceId: string): Promise<void> {
    const change = this.#gathered.get(workspaceId)
    this.#gathered.delete(workspaceId)
    this.#toldAt.set(workspaceId, performance.now())
    if (change === undefined) return
    const event_ids = change.event_ids.slice(0, MOST_EVENTS)
    let events: EventRecord[] = []
    try {
      if (event_ids.length > 0)
        events = await listEvents(this.#services.store, workspaceId, { event_ids }, { limit: MOST_EVENTS, offset: 0 })
    } catch (error) {
      // The page asks for them itself.
      this.#services.log.warn({ err: String(error) }, 'events could not be read for open consoles')
    }
    const data = {
      kinds: change.kinds,
      events: events.map(presentBriefly),
      action_attempt_ids: change.action_attempt_ids,
    }
    const text = `event: change\ndata: ${JSON.stringify(data)}\n\n`
    for (const stream of this.#streams) if (stream.workspace_id === workspaceId) this.#write(stream, text)
  }

  #write(stream: Stream, text: string): void {
    const { response } = stream
    if (response.writableLength > MOST_UNREAD) {
      response.destroy()
      this.#remove(stream)
    } else response.write(text)
  }

  sessionEnded(sessionId: string): void {
    for (const stream of this.#streams) if (stream.sessionId === sessionId) stream.response.end()
  }

  workspaceChanged(workspaceId: string): void {
    if (workspaceId === '') return
    this.changed(workspaceId, { kinds: ['workspace'], event_ids: [], action_attempt_ids: [] })
    this.#check([...this.#streams].filter((stream) => stream.workspace_id === workspaceId))
  }

  missed(): void {
    const workspaces = new Set([...this.#streams].map((stream) => stream.workspace_id))
    for (const id of workspaces) this.changed(id, { kinds: [...ALL_KINDS], event_ids: [], action_attempt_ids: [] })
    this.#check([...this.#streams])
  }

  #beat(): void {
    for (const stream of this.#streams) this.#write(stream, ': still here\n\n')
    this.#check([...this.#streams])
  }

  /** Ends the streams of those whose session is over or who are members no longer. */
  #check(streams: readonly Stream[]): void {
    if (streams.length === 0) return
    const { store, clock, log } = this.#services
    const sessionIds = [...new Set(streams.map(({ sessionId }) => sessionId))]
    const pairs = streams.map(({ workspace_id, user_id }) => ({ workspace_id, user_id }))
    Promise.all([sessionsAlive(store, sessionIds, clock.now()), membersAmong(store, pairs)]).then(
      ([alive, members]) => {
        for (const { response, sessionId, workspace_id, user_id } of streams)
          if (!alive.has(sessionId) || !members.has(`${workspace_id} ${user_id}`)) response.end()
      },
      (error: unknown) => log.warn({ err: String(error) }, 'who listens could not be looked at'),
    )
  }
}

/** An event's type and time, and the ids it carries. */
function presentBriefly({ event_id, event_type, occurred_at, payload }: EventRecord): Record<string, unknown> {
  const ids = Object.entries(payload).filter(([name]) => /_ids?$/.test(name))
  return { ...Object.fromEntries(ids), event_id, event_type, occurred_at }
}
