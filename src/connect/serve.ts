/**
 * Answers one request of the hosted flow: `<public url>/connect_webviews/view?connect_webview_id=…&auth_token=…`, and
 * behind it `at` (`brands`, or the system somebody is at) and `page`. A page that was sent is answered with the way to
 * the next one, so that going back and reloading ask again and send nothing.
 */
import { timingSafeEqual } from 'node:crypto'
import { offeredBy } from '../domain/connect-webviews/connect-webview.ts'
import type { ConnectWebviewRecord, Json } from '../domain/records.ts'
import { hashToken } from '../domain/tokens.ts'
import type { Ids } from '../ids.ts'
import { lastEventOfConnectWebview, workspaceOfConnectWebview } from '../store/connect-webviews.ts'
import { connectPages } from '../systems/kit/connect-flow.ts'
import { answersFor } from './answers.ts'
import { giveUp, pageFrom, pageToShow, takePage, type ConnectTools, type Visit } from './flow.ts'
import { brandList, document, failure, introduction, lookOfPage, step, success, type Frame } from './pages.ts'

export interface ConnectPageTools extends ConnectTools {
  ids: Ids
}

export interface PageRequest {
  method: 'GET' | 'POST'
  query: URLSearchParams
  /** What was sent, as a form sends it; empty for GET. */
  sent: URLSearchParams
}

export type PageAnswer = { goTo: string } | { html: string; contentSecurityPolicy: string }

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The page, or undefined when no webview has this id and token. */
export async function serveConnectPage(request: PageRequest, tools: ConnectPageTools): Promise<PageAnswer | undefined> {
  const { query } = request
  const webview = await findWebview(query, tools)
  if (webview === undefined) return undefined
  const workspace = await tools.workspaces.get(webview.workspace_id)
  if (workspace === undefined) return undefined
  const isSandbox = workspace.is_sandbox
  const address = (more: Record<string, string> = {}): string => {
    const own = { connect_webview_id: webview.connect_webview_id, auth_token: query.get('auth_token') ?? '' }
    return `view?${new URLSearchParams({ ...own, ...more }).toString()}`
  }
  const nonce = tools.ids.bytes(16).toString('base64url')
  const frame: Frame = { webview, isSandbox, address, files: 'view', nonce }
  if (webview.status !== 'pending') return request.method === 'POST' ? { goTo: address() } : ended(frame, tools)

  const at = query.get('at') ?? ''
  const offered = offeredBy(
    webview,
    tools.provisioning.definitions().filter((one) => isSandbox || one.speaksMakersWire),
  )
  const [only] = offered
  const isOnly = offered.length === 1
  if (request.method === 'POST' && at === 'cancel') {
    await giveUp(webview, tools)
    return { goTo: address() }
  }
  const definition = offered.find((one) => one.provider === at)
  if (definition !== undefined) {
    const visit = { webview, definition, isSandbox }
    return request.method === 'POST'
      ? takenPage(visit, request, frame, tools)
      : shownPage(visit, numberOf(query), frame, tools, isOnly)
  }
  if (request.method === 'POST') return { goTo: address() }
  if (at === 'brands' && !isOnly) {
    const body = brandList(frame, offered, query.get('search') ?? '')
    return shown(frame, { title: 'Choose your system', body })
  }
  const next = { at: isOnly && only !== undefined ? only.provider : 'brands' }
  return shown(frame, { title: 'Connect your access system', body: introduction(frame, next) })
}

/** In the same time whatever is wrong with the token. */
async function findWebview(
  query: URLSearchParams,
  { store }: ConnectPageTools,
): Promise<ConnectWebviewRecord | undefined> {
  const id = (query.get('connect_webview_id') ?? '').toLowerCase()
  if (!UUID.test(id)) return undefined
  const workspaceId = await workspaceOfConnectWebview(store, id)
  if (workspaceId === undefined) return undefined
  const webview = await store.get(workspaceId, 'connect_webview', 'connect_webview_id', id)
  if (webview === undefined) return undefined
  const given = Buffer.from(hashToken(query.get('auth_token') ?? ''))
  return timingSafeEqual(given, Buffer.from(webview.auth_token_hash)) ? webview : undefined
}

function numberOf(query: URLSearchParams): number {
  const number = Number(query.get('page') ?? '1')
  return Number.isInteger(number) && number > 0 ? number : 1
}

async function takenPage(visit: Visit, request: PageRequest, frame: Frame, tools: ConnectTools): Promise<PageAnswer> {
  const next = await takePage(visit, numberOf(request.query), request.sent, tools)
  if (next === 'end') return { goTo: frame.address() }
  return { goTo: frame.address({ at: visit.definition.provider, page: String(next.page) }) }
}

async function shownPage(
  visit: Visit,
  asked: number,
  frame: Frame,
  tools: ConnectTools,
  isOnly: boolean,
): Promise<PageAnswer> {
  const { webview, definition, isSandbox } = visit
  const answers = answersFor(tools.sealer, webview, definition.provider)
  const number = pageToShow(visit, answers, asked)
  const page = connectPages(definition, isSandbox)[number - 1]
  if (page === undefined) return { goTo: frame.address() }
  const body = step(frame, { definition, page, number, answers, back: backFrom(visit, number, isOnly, tools) })
  const faults = answers.faults?.page === number ? answers.faults : null
  const event = faults?.isRefusal === true ? await eventOf(frame, 'connect_webview.login_failed', tools) : undefined
  const title = `${faults === null ? '' : 'Not accepted: '}Connect ${definition.display_name}`
  return shown(frame, { title, body, event })
}

function backFrom(visit: Visit, number: number, isOnly: boolean, { sealer }: ConnectTools): Record<string, string> {
  const answers = answersFor(sealer, visit.webview, visit.definition.provider)
  let before: number | null = null
  for (let at = pageFrom(visit, answers, 1); at !== null && at < number; at = pageFrom(visit, answers, at + 1))
    before = at
  if (before !== null) return { at: visit.definition.provider, page: String(before) }
  return isOnly ? {} : { at: 'brands' }
}

/** The webview is done with: what became of it, and the way on. */
async function ended(frame: Frame, tools: ConnectPageTools): Promise<PageAnswer> {
  const { webview } = frame
  const { custom_redirect_url, custom_redirect_failure_url, connect_webview_id, connected_account_id } = webview
  if (webview.status === 'authorized') {
    const goTo = withIds(custom_redirect_url, { connect_webview_id, connected_account_id })
    const definition = tools.provisioning.definitions().find((one) => one.provider === webview.selected_provider)
    const event = await eventOf(frame, 'connect_webview.login_succeeded', tools)
    return shown(frame, { title: 'Connected', body: success(frame, definition, goTo), event, goTo })
  }
  const goTo = withIds(custom_redirect_failure_url ?? custom_redirect_url, { connect_webview_id })
  const event = await eventOf(frame, 'connect_webview.login_failed', tools)
  return shown(frame, { title: 'Not connected', body: failure(goTo), event, goTo })
}

function withIds(address: string | null, ids: Record<string, string | null>): string | null {
  if (address === null) return null
  const url = new URL(address)
  for (const [name, id] of Object.entries(ids)) if (id !== null) url.searchParams.set(name, id)
  return url.href
}

/** Of an event, what any page around may know. */
const TOLD = [
  'event_id',
  'event_type',
  'workspace_id',
  'connect_webview_id',
  'connected_account_id',
  'created_at',
  'occurred_at',
]

async function eventOf({ webview }: Frame, eventType: string, { store }: ConnectTools): Promise<Json | undefined> {
  const { workspace_id, connect_webview_id } = webview
  const event = await lastEventOfConnectWebview(store, workspace_id, connect_webview_id, eventType)
  return event === undefined
    ? undefined
    : Object.fromEntries(Object.entries(event).filter(([key]) => TOLD.includes(key)))
}

function shown(frame: Frame, page: Parameters<typeof document>[1]): PageAnswer {
  const { inviter_logo_url } = lookOfPage(frame.webview)
  const logo =
    inviter_logo_url === undefined
      ? ''
      : inviter_logo_url.startsWith('data:')
        ? ' data:'
        : ` ${new URL(inviter_logo_url).origin}`
  // Made for frames: whoever frames it needs the token in its address to have anything worth clicking on.
  const contentSecurityPolicy = [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${frame.nonce}'`,
    `img-src 'self'${logo}`,
    "form-action 'self'",
    "base-uri 'none'",
  ].join('; ')
  return { html: document(frame, page), contentSecurityPolicy }
}
