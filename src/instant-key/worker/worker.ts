/**
 * The Instant Key page without a connection. Kept are the page's own files alone, under their plain names: no address
 * with a code, no answer of the server. What is fresh wins: the cache answers when the network does not.
 */
interface WorkerScope {
  addEventListener(type: 'install' | 'activate', listener: (event: ExtendableEvent) => void): void
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void
  skipWaiting(): Promise<void>
  clients: { claim(): Promise<void> }
  location: Location
}
interface ExtendableEvent {
  waitUntil(work: Promise<unknown>): void
}
interface FetchEvent extends ExtendableEvent {
  request: Request
  respondWith(answer: Promise<Response>): void
}

/** Set by the build: a hash of all files, so that a changed page comes with a changed worker. */
declare const VERSION: string

const CACHE = `instant-key-${VERSION}`
/** The page itself, which is the same for every code. */
const SHELL = 'shell'
const FILES = ['app.js', 'app.css', 'key.svg', 'icon-192.png']
/** How long a slow network may take before the kept file is used. */
const PATIENCE_MS = 3000

const scope = self as unknown as WorkerScope

scope.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll([SHELL, ...FILES].map((file) => new Request(file, { cache: 'reload' }))))
      .then(() => scope.skipWaiting()),
  )
})

scope.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(
          names.filter((name) => name.startsWith('instant-key-') && name !== CACHE).map((name) => caches.delete(name)),
        ),
      )
      .then(() => scope.clients.claim()),
  )
})

scope.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  const folder = new URL('.', scope.location.href)
  if (request.method !== 'GET' || url.origin !== folder.origin || !url.pathname.startsWith(folder.pathname)) return
  const name = url.pathname.slice(folder.pathname.length)
  if (request.mode === 'navigate') event.respondWith(freshOrKept(request, SHELL))
  else if (FILES.includes(name)) event.respondWith(freshOrKept(request, name))
})

async function freshOrKept(request: Request, name: string): Promise<Response> {
  const fresh = fetch(request)
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), PATIENCE_MS))
  const first = await Promise.race([fresh.catch(() => undefined), late])
  if (first !== undefined) return first
  return (await (await caches.open(CACHE)).match(name)) ?? fresh
}
