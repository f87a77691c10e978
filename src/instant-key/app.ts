/**
 * The Instant Key page: exchanges the short code in its address once per load, shows the guest's key, opens doors. What
 * it shows follows from three things: the key as last told, what has stopped it, and what became of the last tap.
 */
import { phoneNow, pause } from './clock.ts'
import { deviceId, forget, keep, kept, propertyNow, type KeptKey } from './device.ts'
import { dress } from './look.ts'
import { Refused, Server, Unreachable, type Door, type Outcome, type Property } from './server.ts'
import { duration, language, moment, refusal, say, type Word } from './words.ts'

/** How long a phone looks for a lock; until then the guest may cancel, and no door was asked. */
const SEARCH_MS = 1000
const REFRESH_MS = 15_000
/** A start that has come is not asked for more often than this. */
const RETRY_MS = 3000

interface Notice {
  heading: string
  text: string
  mood: 'good' | 'bad' | ''
}

const view = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T
const [heading, text, notice, again, keyPart] = ['heading', 'text', 'notice', 'again', 'key'].map((id) => view(id)) as [
  HTMLElement,
  HTMLElement,
  HTMLElement,
  HTMLElement,
  HTMLElement,
]
const unlockButton = view<HTMLButtonElement>('unlock')
const cancelButton = view<HTMLButtonElement>('cancel')
const doorList = view('door-list')

const code = (location.pathname.replace(/\/+$/, '').split('/').pop() ?? '').toUpperCase()
const server = new Server(code, deviceId())

/** The key as last told; from the phone's storage until the server has answered. */
let current: KeptKey | null = kept(code)
/** This phone has had the key: if the server does not know it, it was withdrawn. */
let isKnownHere = current !== null
let isOffline = false
/** Why there is no key to show. */
let stopped: { notice: Notice; canTryAgain: boolean } | null = null
let outcome: Notice | null = null
let search: { door: string; abort: AbortController; isAsking: boolean } | null = null
let chosen: string | null = current?.chosen ?? null
let askedAt = 0

const bad = (head: Word, body: Word, values: Record<string, string> = {}): Notice => ({
  heading: say(head, values),
  text: say(body, values),
  mood: 'bad',
})
const plain = (head: Word, body: Word, values: Record<string, string> = {}): Notice => ({
  ...bad(head, body, values),
  mood: '',
})
const good = (head: Word, body: Word, values: Record<string, string>): Notice => ({
  ...bad(head, body, values),
  mood: 'good',
})

// What is shown --------------------------------------------------------------------------------------------------------

function setText(element: HTMLElement, value: string): void {
  // What has not changed is not read aloud again.
  if (element.textContent !== value) element.textContent = value
}

function setShown(element: HTMLElement, isShown: boolean): void {
  element.hidden = !isShown
}

function stateOf(door: Door): string {
  switch (door.status) {
    case 'ready':
      return door.ends_at === null ? say('ready') : say('readyUntil', moment(door.ends_at, door.time_zone))
    case 'not_yet_valid':
      return say('from', moment(door.starts_at ?? '', door.time_zone))
    case 'preparing':
      return say('preparing')
    case 'suspended':
      return say('suspended')
    case 'expired':
      return say('over')
  }
}

/** What the guest has to know about the chosen door. */
function noticeOf(door: Door | undefined): Notice {
  if (door === undefined) return plain('noDoors', 'noDoorsText')
  switch (door.status) {
    case 'ready':
      if (door.opens_with === 'app') return plain('useApp', 'useAppText', { door: door.display_name })
      return plain('keyReady', 'keyReadyText')
    case 'not_yet_valid':
      return plain('keyNotYet', 'keyNotYetText', moment(door.starts_at ?? '', door.time_zone))
    case 'preparing':
      return plain('keyPreparing', 'keyPreparingText')
    case 'suspended':
      return bad('keySuspended', 'keySuspendedText')
    case 'expired':
      return bad('keyExpired', 'askNew')
  }
}

function labelOf(door: Door | undefined): Word {
  if (search !== null) return search.isAsking ? 'asking' : 'searching'
  if (isOffline) return 'offlineButton'
  switch (door?.status) {
    case 'ready':
      return door.opens_with === 'app' ? 'useApp' : 'tap'
    case 'preparing':
    case 'suspended':
      return door.status
    case 'expired':
      return 'over'
    default:
      return 'notYet'
  }
}

function chosenDoor(): Door | undefined {
  const doors = current?.key.doors ?? []
  return (
    doors.find((door) => door.acs_entrance_id === (search?.door ?? chosen)) ??
    doors.find((door) => door.status === 'ready') ??
    doors[0]
  )
}

function render(): void {
  const isStopped = stopped !== null
  const key = isStopped ? null : (current?.key ?? null)
  const door = key === null ? undefined : chosenDoor()
  const shown: Notice | null =
    stopped?.notice ??
    (search === null ? outcome : null) ??
    (search === null
      ? key === null
        ? null
        : noticeOf(door)
      : plain(search.isAsking ? 'asking' : 'searching', 'searchingText', { door: door?.display_name ?? '' }))
  setText(heading, shown?.heading ?? say('fetching'))
  setText(text, shown?.text ?? '')
  setShown(text, (shown?.text ?? '') !== '')
  notice.className = `notice ${shown?.mood ?? ''}`
  setShown(again, stopped?.canTryAgain === true)
  setShown(view('offline'), isOffline && key !== null)
  setText(view('offline'), isOffline && key !== null ? say('offline') : '')
  setShown(keyPart, door !== undefined)
  for (const id of ['stay', 'expiry']) setShown(view(id), key !== null)
  setShown(view('zone'), false)
  if (key !== null) {
    const { stay, guest, hotel } = key
    showProperty(hotel)
    setText(view('title'), guest.name === null ? say('yourKey') : say('welcome', { name: guest.name }))
    const at = (iso: string): string => Object.values(moment(iso, stay.time_zone)).join(', ')
    setShown(view('stay'), key.doors.length > 0 && stay.starts_at !== null)
    if (stay.starts_at !== null) setText(view('check-in'), at(stay.starts_at))
    setText(view('check-out'), stay.ends_at === null ? say('noEnd') : at(stay.ends_at))
    const zone = stay.time_zone
    // Where the phone's clock shows the same, the zone says nothing.
    setShown(view('zone'), moment(key.expires_at, zone).time !== moment(key.expires_at, null).time)
    setText(view('zone'), say('zone', { zone: zone ?? '' }))
    setText(view('expiry'), say('expires', moment(key.expires_at, stay.time_zone)))
    showDoors(key.doors, door)
  }
  const canOpen = door?.status === 'ready' && door.opens_with !== 'app' && !isOffline
  unlockButton.disabled = !canOpen || search !== null
  unlockButton.setAttribute('aria-busy', String(search !== null))
  setText(view('unlock-label'), say(labelOf(door)))
  setText(view('unlock-door'), door?.display_name ?? '')
  setShown(cancelButton, search !== null && !search.isAsking)
  tick()
}

function showProperty(property: Property): void {
  setText(view('property'), property.name)
  document.title = property.name === '' ? say('yourKey') : `${say('yourKey')} – ${property.name}`
  dress(property, view<HTMLImageElement>('logo'))
}

/** Doors that are there are kept, so that neither the focus nor what is read aloud jumps. */
function showDoors(doors: Door[], picked: Door | undefined): void {
  const known = new Map([...doorList.children].map((item) => [(item as HTMLElement).dataset['door'], item]))
  doors.forEach((door, i) => {
    const item = known.get(door.acs_entrance_id) ?? makeDoor(door)
    known.delete(door.acs_entrance_id)
    const isPicked = door.acs_entrance_id === picked?.acs_entrance_id
    item.className = isPicked ? 'chosen' : ''
    const radio = item.querySelector('input') as HTMLInputElement
    radio.checked = isPicked
    radio.disabled = search !== null
    setText(item.querySelector('.door-name') as HTMLElement, door.display_name)
    setText(item.querySelector('.door-state') as HTMLElement, `${door.system_name} · ${stateOf(door)}`)
    if (doorList.children[i] !== item) doorList.insertBefore(item, doorList.children[i] ?? null)
  })
  for (const gone of known.values()) gone.remove()
}

function makeDoor({ acs_entrance_id }: Door): HTMLElement {
  const item = document.createElement('label')
  item.dataset['door'] = acs_entrance_id
  const radio = document.createElement('input')
  radio.type = 'radio'
  radio.name = 'door'
  radio.addEventListener('change', () => {
    chosen = acs_entrance_id
    outcome = null
    if (current !== null) keep(code, current.key, chosen)
    render()
  })
  const words = document.createElement('span')
  for (const name of ['door-name', 'door-state']) {
    const line = document.createElement('span')
    line.className = name
    words.append(line)
  }
  item.append(radio, words)
  return item
}

/** Once a second: the time until the start, and what a phone without a connection must notice by itself. */
function tick(): void {
  const countdown = view('countdown')
  const door = stopped === null ? chosenDoor() : undefined
  const isWaiting = current !== null && door?.status === 'not_yet_valid' && door.starts_at !== null
  setShown(countdown, isWaiting && current?.key.is_clock_frozen === false)
  if (current === null || stopped !== null) return
  const now = propertyNow(current)
  if (Date.parse(current.key.expires_at) <= now) {
    if (isOffline) stop(bad('keyExpired', 'askNew'), false)
    else askSoon()
  } else if (isWaiting) {
    const left = Date.parse(door.starts_at ?? '') - now
    countdown.textContent = say('countdown', { time: duration(left) })
    if (left <= 0) askSoon()
  }
}

// What happens ---------------------------------------------------------------------------------------------------------

function stop(why: Notice, canTryAgain: boolean): void {
  stopped = { notice: why, canTryAgain }
  outcome = null
  render()
}

/** The key is over for this phone: nothing of it stays here. */
async function end(why: Notice): Promise<void> {
  forget(code)
  current = null
  setText(view('title'), say('yourKey'))
  stop(why, false)
  try {
    showProperty(await server.property())
  } catch {
    // Then it stays without a name.
  }
}

const ENDS: Record<string, () => Notice> = {
  instant_key_expired: () => bad('keyExpired', 'askNew'),
  client_session_expired: () => bad('keyExpired', 'askNew'),
  instant_key_used: () => bad('keyUsed', 'keyUsedText'),
  instant_key_not_found: () => (isKnownHere ? bad('keyRevoked', 'askNew') : bad('keyUnknown', 'keyUnknownText')),
  client_session_revoked: () => bad('keyRevoked', 'askNew'),
  client_session_not_found: () => bad('keyRevoked', 'askNew'),
  forbidden: () => bad('keyRevoked', 'askNew'),
}

async function fail(error: unknown): Promise<void> {
  if (error instanceof Unreachable) {
    isOffline = true
    // With the key on the phone the page goes on showing it.
    if (current === null) stop(bad('unreachable', 'unreachableText'), true)
    else render()
    return
  }
  const type = error instanceof Refused ? error.type : ''
  const why = ENDS[type]
  if (why !== undefined) await end(why())
  else if (type === 'rate_limit_exceeded') stop(bad('tooMany', 'tooManyText'), true)
  else stop(bad('unclear', 'unclearText'), true)
}

let asking: Promise<void> | null = null

/**
 * Fetches the key anew: a new room or a longer stay shows up without a new link. Asked twice at once, it does so once.
 * Right after a tap it keeps what became of it: a key that is over is told as the door's refusal.
 */
function ask(isAfterTap = false): Promise<void> {
  askedAt = phoneNow()
  asking ??= server
    .key()
    .then((key) => {
      isOffline = false
      isKnownHere = true
      stopped = null
      const before = JSON.stringify(current?.key.doors)
      current = keep(code, key, chosen)
      // What became of the last tap stays until the key itself has changed.
      if (!isAfterTap && before !== JSON.stringify(key.doors)) outcome = null
      render()
    })
    .catch(fail)
    .finally(() => (asking = null))
  return asking
}

function askSoon(): void {
  if (search === null && phoneNow() - askedAt >= RETRY_MS) void ask()
}

/** Whatever may have changed is looked at when the guest looks. */
function lookAgain(): void {
  const isOver = stopped !== null && !stopped.canTryAgain
  if (document.visibilityState === 'visible' && search === null && !isOver) void ask()
}

async function unlock(): Promise<void> {
  const door = chosenDoor()
  if (door === undefined || search !== null) return
  const mine = { door: door.acs_entrance_id, abort: new AbortController(), isAsking: false }
  search = mine
  outcome = null
  render()
  cancelButton.focus()
  await pause(SEARCH_MS, mine.abort.signal)
  const name = { door: door.display_name }
  if (mine.abort.signal.aborted) outcome = plain('cancelled', 'cancelledText')
  else {
    mine.isAsking = true
    render()
    try {
      outcome = told(await server.unlock(mine.door), name)
    } catch (error) {
      search = null
      if (error instanceof Unreachable) {
        isOffline = true
        outcome = bad('noAnswer', 'noAnswerText')
      } else if (error instanceof Refused && error.type === 'acs_entrance_not_found') {
        outcome = bad('refused', 'no_access_to_entrance', name)
      } else return fail(error)
    }
  }
  search = null
  render()
  if (!unlockButton.disabled) unlockButton.focus()
  // The lock may have taught us something: a stay that began, a key that was overridden.
  if (!isOffline) await ask(true)
}

function told(result: Outcome, name: { door: string }): Notice {
  if (!result.opened) return { heading: say('refused', name), text: refusal(result.reason), mood: 'bad' }
  if (result.by === 'phone') return good('talked', 'talkedText', name)
  return result.isConfirmed ? good('unlocked', 'unlockedText', name) : good('sent', 'sentText', name)
}

/** Installed on the phone's home screen, the page opens at this link. */
function offerInstallation(): void {
  const link = document.createElement('link')
  link.rel = 'manifest'
  link.href = `${code}.webmanifest`
  document.head.append(link)
  // Without it (an old browser, plain HTTP) the page needs a connection to load, and is the same otherwise.
  navigator.serviceWorker?.register('worker.js').catch(() => undefined)
}

function start(): void {
  document.documentElement.lang = language
  for (const element of document.querySelectorAll<HTMLElement>('[data-word]'))
    element.textContent = say(element.dataset['word'] as Word)
  unlockButton.addEventListener('click', () => void unlock())
  cancelButton.addEventListener('click', () => search?.abort.abort())
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && search?.isAsking === false) search.abort.abort()
  })
  again.addEventListener('click', () => {
    stopped = null
    render()
    void ask()
  })
  addEventListener('online', lookAgain)
  addEventListener('offline', () => {
    isOffline = true
    render()
  })
  addEventListener('focus', lookAgain)
  document.addEventListener('visibilitychange', lookAgain)
  setInterval(lookAgain, REFRESH_MS)
  setInterval(tick, 1000)
  offerInstallation()
  if (current !== null) render()
  void ask()
}

if (typeof fetch === 'function' && typeof AbortController === 'function' && typeof Intl === 'object') start()
else stop(bad('tooOld', 'tooOldText'), false)
