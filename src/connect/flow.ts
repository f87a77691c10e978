/** What a page that was sent means: kept, refused with reasons, or the last one, after which the system is connected. */
import { ChangeSet } from '../domain/changes.ts'
import type { ConnectWebviewRecord } from '../domain/records.ts'
import { AccountOfOtherCustomer } from '../provisioning/connect.ts'
import type { Provisioning } from '../provisioning/provisioning.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'
import type { Workspaces } from '../store/workspaces.ts'
import { askedFields, completeInSandbox, connectPages, isJumpedOver } from '../systems/kit/connect-flow.ts'
import type { ConnectPage, SystemDefinition } from '../systems/kit/definition.ts'
import type { Login } from '../systems/kit/driver.ts'
import { SystemError } from '../systems/kit/errors.ts'
import { faultOfLogin, faultOfValue, takesInSandbox } from '../systems/kit/login.ts'
import { answersFor, sealAnswers, type Answers, type Faults } from './answers.ts'

export interface ConnectTools {
  store: Store
  workspaces: Workspaces
  sealer: Sealer
  provisioning: Provisioning
}

/** One system in the hands of the person before the page. */
export interface Visit {
  webview: ConnectWebviewRecord
  definition: SystemDefinition
  isSandbox: boolean
}

/** Where to go from here. */
export type Next = { page: number } | 'end'

/** Characters of the code that a bridge shows. */
const PAIRING_CODE = /^[A-Za-z0-9]{6}$/

/** Longer than anything that a maker asks for. */
const LONGEST_VALUE = 4096

/** The first page from `from` on (1 = the first) that asks for something; null = there is none. */
export function pageFrom(visit: Visit, answers: Answers, from: number): number | null {
  const pages = connectPages(visit.definition, visit.isSandbox)
  for (let number = from; number <= pages.length; number++) {
    const page = pages[number - 1]
    if (page !== undefined && !isJumpedOver(visit.definition, page, answers.values)) return number
  }
  return null
}

/** The page asked for, or an earlier one that has to come first. */
export function pageToShow(visit: Visit, answers: Answers, asked: number): number {
  let number = pageFrom(visit, answers, 1) ?? 1
  for (;;) {
    if (number >= asked || !answers.done.includes(number)) return number
    const next = pageFrom(visit, answers, number + 1)
    if (next === null) return number
    number = next
  }
}

/** What was sent, as answers; and what is wrong with it. */
function readPage(
  { definition, isSandbox }: Visit,
  page: ConnectPage,
  number: number,
  before: Answers,
  sent: URLSearchParams,
): Answers {
  const ticks = page.kind === 'form' ? (page.ticks ?? []) : []
  const ticked = ticks.filter((tick) => sent.get(`tick.${tick.name}`) !== null).map((tick) => tick.name)
  const values = { ...before.values }
  const fields = askedFields(definition, page, before.values)
  const faults: Record<string, string> = {}
  let isRefusal = false
  let general: string | null = null
  for (const field of fields) {
    const text = field.kind === 'secret' ? (sent.get(field.name) ?? '') : (sent.get(field.name) ?? '').trim()
    if (field.tick !== null && !ticked.includes(field.tick.name)) {
      delete values[field.name]
      continue
    }
    if (text === '') delete values[field.name]
    else values[field.name] = text
    const wrong = text.length > LONGEST_VALUE ? 'Too long' : faultOfValue(field, text)
    if (wrong !== null) faults[field.name] = wrong
    else if (isSandbox && text !== '' && !takesInSandbox(field, text)) {
      isRefusal = true
      faults[field.name] = `${definition.display_name} does not take this: ${field.label}. Check it, and try again.`
    }
  }
  let { bridgeName } = before
  if (page.kind === 'bridge') {
    const code = (sent.get(page.field ?? 'pairing_code') ?? '').trim()
    const wrong = faultOfPairingCode(code, isSandbox)
    if (wrong !== null) {
      delete faults[page.field ?? '']
      faults[page.field ?? 'pairing_code'] = wrong
    }
    bridgeName = (sent.get('bridge_name') ?? '').trim().slice(0, 200) || null
  }
  if (page.kind === 'choice' && isSandbox && values[page.field] !== undefined) {
    if (!page.sandboxChoices.includes(values[page.field] ?? '')) faults[page.field] = 'Choose one of these'
  }
  const isWrong = Object.keys(faults).length > 0
  if (isWrong) general = isRefusal ? `${definition.display_name} refuses the login.` : null
  return {
    values,
    bridgeName,
    ticks: [...before.ticks.filter((name) => !ticks.some((tick) => tick.name === name)), ...ticked],
    done: [...before.done.filter((one) => one !== number), ...(isWrong ? [] : [number])],
    faults: isWrong ? { page: number, fields: faults, general, isRefusal } : null,
  }
}

/** A bridge pairs by the code that it shows; in a sandbox any code is that of a virtual one. */
function faultOfPairingCode(code: string, isSandbox: boolean): string | null {
  if (!PAIRING_CODE.test(code)) return 'Six letters or digits, as the bridge shows them'
  // No bridge talks to this server yet (docs/guide/connect-webviews.md), so there is none that could show a code.
  return isSandbox ? null : 'No bridge shows this code. It may have expired: have the bridge show a new one'
}

/** Takes a page in, and connects the system after the last one. Sent twice, it connects once. */
export async function takePage(
  visit: Visit,
  number: number,
  sent: URLSearchParams,
  tools: ConnectTools,
): Promise<Next> {
  const page = connectPages(visit.definition, visit.isSandbox)[number - 1]
  if (page === undefined) return { page: 1 }
  const answers = await keep(visit, tools, (before) => readPage(visit, page, number, before, sent))
  if (answers === null) return 'end'
  if (answers.faults !== null) return { page: number }
  const next = pageFrom(visit, answers, number + 1)
  if (next !== null) return { page: next }
  return finish(visit, answers, number, tools)
}

/** The webview is done with, without a login. */
export async function giveUp(webview: ConnectWebviewRecord, tools: ConnectTools): Promise<void> {
  await change(webview, tools, (fresh) => {
    const { connect_webview_id, version } = fresh
    return new ChangeSet()
      .update('connect_webview', 'connect_webview_id', {
        connect_webview_id,
        version,
        status: 'failed',
        sealed_answers: null,
      })
      .event('connect_webview.login_failed', { connect_webview_id })
  })
}

async function finish(visit: Visit, answers: Answers, number: number, tools: ConnectTools): Promise<Next> {
  const { webview, definition, isSandbox } = visit
  const { connect_webview_id, workspace_id } = webview
  const given = loginOf(visit, answers)
  const login = isSandbox ? completeInSandbox(definition, given) : given
  const fault = faultOfLogin(definition, login)
  if (fault !== null) return refuse(visit, tools, pageOf(visit, answers, fault.field, number), fault, false)
  try {
    await tools.provisioning.connect(workspace_id, {
      provider: definition.provider,
      login,
      connect_webview_id,
      ...(answers.bridgeName === null ? {} : { bridge_name: answers.bridgeName }),
      author: { actor: { kind: 'connect_webview', id: connect_webview_id }, action: '/connect_webviews/view' },
    })
    return 'end'
  } catch (error) {
    if (error instanceof AccountOfOtherCustomer) {
      await giveUp(webview, tools)
      return 'end'
    }
    if (!(error instanceof SystemError)) throw error
    // The refused login is a secret's fault as a rule, the unreachable system an address's.
    const kind = error.kind === 'unauthorized' ? 'secret' : error.kind === 'unreachable' ? 'url' : null
    const field = definition.setup.find((one) => one.kind === kind && one.name in login)?.name
    const at = field === undefined ? number : pageOf(visit, answers, field, number)
    return refuse(visit, tools, at, { field, message: error.message }, true)
  }
}

/** What the pages have asked for, of all that was ever filled in. */
function loginOf({ definition, isSandbox }: Visit, { values, ticks }: Answers): Login {
  const asked = connectPages(definition, isSandbox).flatMap((page) => askedFields(definition, page, values))
  const kept = asked.filter(({ tick }) => tick === null || ticks.includes(tick.name))
  return Object.fromEntries(kept.flatMap(({ name }) => (values[name] === undefined ? [] : [[name, values[name]]])))
}

/** The page that asks for a field. */
function pageOf({ definition, isSandbox }: Visit, answers: Answers, field: string, fallback: number): number {
  const pages = connectPages(definition, isSandbox)
  const at = pages.findIndex((page) => askedFields(definition, page, answers.values).some((one) => one.name === field))
  return at === -1 ? fallback : at + 1
}

async function refuse(
  visit: Visit,
  tools: ConnectTools,
  page: number,
  { field, message }: { field?: string | undefined; message: string },
  isRefusal: boolean,
): Promise<Next> {
  const faults: Faults =
    field === undefined
      ? { page, fields: {}, general: message, isRefusal }
      : { page, fields: { [field]: message }, general: null, isRefusal }
  const kept = await keep(visit, tools, (before) => ({
    ...before,
    done: before.done.filter((one) => one < page),
    faults,
  }))
  return kept === null ? 'end' : { page }
}

/** Keeps new answers, and tells of a refused login. Answers null when the webview is done with. */
async function keep(
  { webview, definition }: Visit,
  tools: ConnectTools,
  answer: (before: Answers) => Answers,
): Promise<Answers | null> {
  let answers: Answers | null = null
  const isPending = await change(webview, tools, (fresh) => {
    const { connect_webview_id, version } = fresh
    answers = answer(answersFor(tools.sealer, fresh, definition.provider))
    const changes = new ChangeSet().update('connect_webview', 'connect_webview_id', {
      connect_webview_id,
      version,
      sealed_answers: sealAnswers(tools.sealer, fresh, definition.provider, answers),
    })
    if (answers.faults?.isRefusal === true) changes.event('connect_webview.login_failed', { connect_webview_id })
    return changes
  })
  return isPending ? answers : null
}

/** Changes a webview that is still pending; answers whether it was. */
async function change(
  { workspace_id, connect_webview_id }: ConnectWebviewRecord,
  { store, workspaces }: ConnectTools,
  make: (fresh: ConnectWebviewRecord) => ChangeSet,
): Promise<boolean> {
  const now = await workspaces.nowIso(workspace_id)
  const author = {
    actor: { kind: 'connect_webview', id: connect_webview_id },
    action: '/connect_webviews/view',
  } as const
  return store.decide(
    workspace_id,
    () => now,
    async () => {
      const fresh = await store.get(workspace_id, 'connect_webview', 'connect_webview_id', connect_webview_id)
      if (fresh?.status !== 'pending') return { changes: new ChangeSet(), result: false }
      return { changes: make(fresh), result: true }
    },
    null,
    author,
  )
}
