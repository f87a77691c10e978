// The Instant Key page: exchanges the short code in its address once per device, lists the guest's doors, opens one.
// The client session token lives in memory alone; what is kept on the device is a random id, by which the server knows
// the device again.

const SEARCH_MS = 1000
const REFRESH_MS = 30_000
const TIMEOUT_MS = 15_000
const DEVICE_KEY = 'instant-key-device'

const view = (id) => document.getElementById(id)
const [hotel, title, expiry, notice, detail, again, section, list] = [
  'hotel',
  'title',
  'expiry',
  'notice',
  'detail',
  'again',
  'doors',
  'door-list',
].map(view)

const shortCode = location.pathname.replace(/\/+$/, '').split('/').pop() ?? ''
let token = null
let busyDoor = null
/** What was last said about the key as a whole; null when the page says something else. */
let summary = null

/** What the server refused, by the type of its error. */
class Refused extends Error {
  constructor(type) {
    super(type)
    this.type = type
  }
}

/** The server could not be reached. */
class Offline extends Error {}

async function call(operation, params) {
  const headers = { 'content-type': 'application/json' }
  if (token !== null) headers.authorization = `Bearer ${token}`
  let response
  let body
  try {
    response = await fetch(new URL(`../seam/instant_key/v1/${operation}`, location.href), {
      method: 'POST',
      headers,
      body: JSON.stringify(params),
      cache: 'no-store',
      credentials: 'omit',
      signal: typeof AbortSignal.timeout === 'function' ? AbortSignal.timeout(TIMEOUT_MS) : undefined,
    })
    body = await response.json()
  } catch {
    throw new Offline()
  }
  if (!response.ok) throw new Refused(body?.error?.type ?? 'unknown')
  return body
}

/** A secret of this device. Where nothing can be stored (private windows), it lives as long as the page. */
let passing = null
function deviceId() {
  try {
    let id = localStorage.getItem(DEVICE_KEY)
    if (id === null) {
      id = randomId()
      localStorage.setItem(DEVICE_KEY, id)
    }
    return id
  } catch {
    passing ??= randomId()
    return passing
  }
}

function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(24)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

// What the guest reads -------------------------------------------------------------------------------------------------

const REFUSALS = {
  instant_key_expired: [
    'This key has expired',
    'Please ask the reception, or whoever sent you this link, for a new one.',
  ],
  client_session_expired: [
    'This key has expired',
    'Please ask the reception, or whoever sent you this link, for a new one.',
  ],
  instant_key_used: [
    'This key is already in use',
    'It was opened on another phone or browser. Please open it there, or ask for a new one.',
  ],
  instant_key_not_found: [
    'This key is not valid',
    'It was withdrawn or replaced, or the link is not complete. Please ask for a new one.',
  ],
  client_session_revoked: [
    'This key was withdrawn',
    'Please ask the reception, or whoever sent you this link, for a new one.',
  ],
  client_session_not_found: [
    'This key was withdrawn',
    'Please ask the reception, or whoever sent you this link, for a new one.',
  ],
  rate_limit_exceeded: ['Too many tries', 'Please wait a few minutes and try again.'],
}
REFUSALS.forbidden = REFUSALS.client_session_revoked

const UNCLEAR = ['Something went wrong', 'Please try again. If it goes on, ask the reception.']
const OFFLINE = ['You are offline', 'Your key needs a connection. It goes on by itself when you are back online.']
const UNREACHABLE = ['No connection', 'Your key cannot be reached at the moment. Please try again.']

function say(text, mood = '') {
  notice.className = `notice ${mood}`
  notice.textContent = text
}

function setShown(element, isShown) {
  element.hidden = !isShown
}

/** A state in which no door can be opened. */
function stop([heading, text], canTryAgain) {
  summary = null
  say(heading, 'bad')
  detail.textContent = text
  setShown(detail, true)
  setShown(again, canTryAgain)
  setShown(section, false)
}

function moment(iso, timeZone) {
  const options = { weekday: 'long', day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit' }
  try {
    return new Intl.DateTimeFormat('en-GB', { ...options, timeZone: timeZone ?? undefined }).format(new Date(iso))
  } catch {
    return new Intl.DateTimeFormat('en-GB', options).format(new Date(iso))
  }
}

function stateOf(door) {
  switch (door.status) {
    case 'ready':
      return door.ends_at === null ? 'Ready' : `Ready until ${moment(door.ends_at, door.time_zone)}`
    case 'not_yet_valid':
      return `Opens for you from ${moment(door.starts_at, door.time_zone)}`
    case 'preparing':
      return 'Your key is being prepared'
    case 'suspended':
      return 'Paused: please ask the reception'
    default:
      return 'Your time here is over'
  }
}

/** One sentence for the whole key. */
function summaryOf({ doors, can_unlock }) {
  const of = (status) => doors.filter((door) => door.status === status)
  if (doors.length === 0) return ['Your key opens no doors at the moment. New doors appear here by themselves.', '']
  if (of('ready').length > 0) {
    if (can_unlock) return ['Your key is ready. Stand at your door and tap its button.', '']
    return ['Your key is ready. Use it in the app of the property: a browser cannot open these locks.', '']
  }
  if (of('preparing').length > 0) return ['Your key is being prepared. This takes a moment.', '']
  const [next] = of('not_yet_valid').sort((a, b) => (a.starts_at < b.starts_at ? -1 : 1))
  if (next !== undefined)
    return [`Your key is not valid yet. It starts on ${moment(next.starts_at, next.time_zone)}.`, '']
  if (of('suspended').length > 0) return ['Your access is paused. Please ask the reception.', 'bad']
  return ['Your key has expired. Please ask the reception for a new one.', 'bad']
}

function show(state) {
  const { doors, guest, can_unlock } = state
  hotel.textContent = state.hotel.name
  title.textContent = guest.name === null ? 'Your key' : `Welcome, ${guest.name}`
  document.title = state.hotel.name === '' ? 'Your key' : `Your key – ${state.hotel.name}`
  expiry.textContent = `This link expires on ${moment(state.expires_at, doors[0]?.time_zone)}`
  setShown(detail, false)
  setShown(again, false)
  setShown(section, doors.length > 0)
  // Doors that are there are kept, so that neither the focus nor what is read aloud jumps.
  const known = new Map([...list.children].map((item) => [item.dataset.door, item]))
  for (const door of doors) {
    const item = known.get(door.acs_entrance_id) ?? makeItem(door)
    known.delete(door.acs_entrance_id)
    item.querySelector('.door-name').textContent = door.display_name
    item.querySelector('.door-state').textContent = stateOf(door)
    const button = item.querySelector('.unlock')
    button.textContent = `Unlock ${door.display_name}`
    button.disabled = door.status !== 'ready' || !can_unlock
    list.append(item)
  }
  for (const gone of known.values()) gone.remove()
}

function makeItem(door) {
  const item = document.createElement('li')
  item.dataset.door = door.acs_entrance_id
  const name = document.createElement('p')
  name.className = 'door-name'
  const state = document.createElement('p')
  state.className = 'door-state'
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'unlock'
  button.addEventListener('click', () => void unlock(door.acs_entrance_id, item))
  item.append(name, state, button)
  return item
}

// What happens ---------------------------------------------------------------------------------------------------------

/** Runs a step; what cannot go on becomes a state of the page. */
async function attempt(step) {
  try {
    await step()
  } catch (error) {
    if (error instanceof Offline) stop(navigator.onLine === false ? OFFLINE : UNREACHABLE, true)
    else if (error instanceof Refused && error.type in REFUSALS) {
      token = null
      stop(REFUSALS[error.type], error.type === 'rate_limit_exceeded')
    } else stop(UNCLEAR, true)
  }
}

let opening = null
/** Fetches the key and its doors; asked twice at once, it does so once. */
function open() {
  opening ??= attempt(async () => {
    if (token === null) {
      const { client_session } = await call('client_sessions/exchange_short_code', {
        short_code: shortCode,
        client_id: deviceId(),
      })
      token = client_session.token
    }
    await refresh()
  }).finally(() => (opening = null))
  return opening
}

async function refresh(keepNotice = false) {
  const state = await call('doors/list', {})
  if (busyDoor !== null) return
  show(state)
  const [text, mood] = summaryOf(state)
  // What became of the last try stays until the key itself has changed.
  if (!keepNotice || text !== summary) say(text, mood)
  summary = text
}

async function unlock(acs_entrance_id, item) {
  if (busyDoor !== null) return
  const button = item.querySelector('.unlock')
  const state = item.querySelector('.door-state')
  const search = new AbortController()
  busyDoor = acs_entrance_id
  item.setAttribute('aria-busy', 'true')
  for (const other of list.querySelectorAll('.unlock')) other.disabled = true
  state.textContent = 'Searching for the lock… Hold your phone to it.'
  say('Searching for the lock… Hold your phone to it.')
  const cancel = document.createElement('button')
  cancel.type = 'button'
  cancel.className = 'cancel'
  cancel.textContent = 'Cancel'
  cancel.addEventListener('click', () => search.abort())
  item.append(cancel)
  cancel.focus()

  let outcome = null
  let failure = null
  await pause(SEARCH_MS, search.signal)
  const isCancelled = search.signal.aborted
  cancel.disabled = true
  if (!isCancelled) {
    try {
      outcome = (await call('doors/unlock', { acs_entrance_id })).unlock
    } catch (error) {
      failure = error
    }
  }
  busyDoor = null
  item.removeAttribute('aria-busy')
  cancel.remove()
  if (failure instanceof Refused && failure.type in REFUSALS) {
    await attempt(() => Promise.reject(failure))
    return
  }
  if (isCancelled) say('Cancelled. Tap the button of your door when you are there.')
  else if (failure instanceof Offline) say('The door was not reached: you are offline. Please try again.', 'bad')
  else if (failure !== null) say('Something went wrong, and the door did not open. Please try again.', 'bad')
  else say(outcome.message, outcome.opened ? 'good' : 'bad')
  await attempt(() => refresh(true).catch((error) => (error instanceof Offline ? undefined : Promise.reject(error))))
  for (const other of list.querySelectorAll('.unlock')) {
    if (failure instanceof Offline) other.disabled = false
  }
  if (!button.disabled) button.focus()
}

/** Resolves after a while, or at once when cancelled. */
function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/** A new room or a longer stay shows up without a new link. */
function lookAgain() {
  if (document.visibilityState !== 'visible' || token === null || busyDoor !== null || opening !== null) return
  void attempt(() => refresh(true))
}

again.addEventListener('click', () => {
  say('One moment, your key is being fetched…')
  setShown(again, false)
  void open()
})
addEventListener('online', () => void open())
addEventListener('offline', () => stop(OFFLINE, true))
document.addEventListener('visibilitychange', lookAgain)
setInterval(lookAgain, REFRESH_MS)
void open()
