/** Draws /openapi.json with Swagger UI: each operation once, by its POST, and a search over paths and titles. */
interface Method {
  summary?: string
  description?: string
  tags?: string[] | undefined
  security?: Record<string, unknown>[]
  'x-title'?: string
  'x-not-served'?: boolean
  [field: string]: unknown
}
interface Document {
  paths: Record<string, Record<string, Method>>
  tags: { name: string }[]
  components: Record<string, unknown>
  servers?: unknown
  [field: string]: unknown
}

interface SwaggerUi {
  specActions: { updateJsonSpec(document: Document): void }
  layoutActions: { show(thing: string[], isShown: boolean): void }
}

interface React {
  createElement(type: string, props: null, ...children: unknown[]): unknown
}

/** A button may hold no link: what is folded keeps its address, which a click writes into the page's. */
const withoutLinksInButtons = ({ React }: { React: React }) => ({
  wrapComponents: {
    DeepLink:
      () =>
      ({ text }: { text: unknown }) =>
        React.createElement('span', null, text),
  },
})

declare const SwaggerUIBundle: (options: Record<string, unknown>) => SwaggerUi

/** The search waits for a pause in typing. */
const PAUSE_MS = 200
/** So many groups are opened by a search, so that what was found is seen at once. */
const MOST_OPENED = 12

/** Names of the kinds of credential in words; a person's own is told where it is the only one. */
const CALLERS: Record<string, string> = {
  api_key: 'an API key',
  pat_with_workspace: 'a personal access token with `seam-workspace`',
  pat_without_workspace: 'a personal access token',
  client_session: 'a client session',
  client_session_with_customer: 'a client session of a customer',
  publishable_key: 'a publishable key',
  console_session_with_workspace: 'the console',
  console_session_without_workspace: 'the console',
}

/** A group's name as its address in the page takes it: Swagger UI reads an underscore as a space. */
const groupName = (path: string): string => path.slice(1).replaceAll(/[/_]/g, ' ')

function callersOf(security: readonly Record<string, unknown>[] | undefined): string {
  const kinds = (security ?? []).flatMap((kind) => Object.keys(kind))
  const known = [
    ...new Set(
      Object.keys(CALLERS)
        .filter((kind) => kinds.includes(kind))
        .map((kind) => CALLERS[kind]),
    ),
  ]
  return known.length === 0 ? 'Asks for no credential.' : `Called with ${known.join(', ')}.`
}

/** What is drawn: each operation once, without the fields that Swagger UI makes of a server and of credentials. */
function toDraw({ servers: _servers, ...document }: Document): Document {
  const paths = Object.fromEntries(
    Object.entries(document.paths).map(([path, item]) => {
      const { security, ...post } = item['post'] ?? {}
      // The path stands there already: what an operation is called tells more.
      const title = post['x-title'] ?? ''
      const summary = post['x-not-served'] === true ? `${title} (not served)`.trim() : title
      const description = `${post.description ?? ''}\n\n${callersOf(security)}`
      return [path, { post: { ...post, summary, description, tags: post.tags?.map(groupName) } }]
    }),
  )
  const { securitySchemes: _schemes, ...components } = document.components
  return { ...document, paths, components, tags: document.tags.map(({ name }) => ({ name: groupName(name) })) }
}

function matching(document: Document, text: string): Document {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const paths = Object.fromEntries(
    Object.entries(document.paths).filter(([path, { post }]) => {
      const about = `${path} ${post?.summary ?? ''}`.toLowerCase()
      return words.every((word) => about.includes(word))
    }),
  )
  const used = new Set(Object.values(paths).flatMap((item) => item['post']?.tags ?? []))
  return { ...document, paths, tags: document.tags.filter(({ name }) => used.has(name)) }
}

function draw(spec: Document): SwaggerUi {
  return SwaggerUIBundle({
    spec,
    dom_id: '#reference',
    deepLinking: true,
    docExpansion: 'none',
    defaultModelsExpandDepth: -1,
    defaultModelExpandDepth: 2,
    defaultModelRendering: 'model',
    plugins: [withoutLinksInButtons],
    // A key belongs in a program: the page neither takes nor sends one.
    supportedSubmitMethods: [],
    // No address but ours is asked for anything.
    validatorUrl: null,
  })
}

/** Swagger UI has a dark look, and leaves it to the page to ask for it. */
function followTheme(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const apply = (): void => void document.documentElement.classList.toggle('dark-mode', dark.matches)
  dark.addEventListener('change', apply)
  apply()
}

/** Tells those who do not see it what an arrow without a word beside it folds. */
function nameArrows(place: HTMLElement): void {
  const name = (): void => {
    for (const button of place.querySelectorAll('.model-box-control:not([aria-label])'))
      if (button.textContent?.trim() === '') button.setAttribute('aria-label', 'Fields')
  }
  new MutationObserver(name).observe(place, { childList: true, subtree: true })
}

async function start(): Promise<void> {
  followTheme()
  const response = await fetch('openapi.json')
  if (!response.ok) throw new Error(String(response.status))
  const whole = toDraw((await response.json()) as Document)
  const place = document.getElementById('reference')
  if (place !== null) nameArrows(place)
  const ui = draw(whole)
  const search = document.getElementById('search') as HTMLInputElement
  const found = document.getElementById('found')
  let timer = 0
  search.addEventListener('input', () => {
    clearTimeout(timer)
    timer = window.setTimeout(() => {
      const shown = matching(whole, search.value)
      const count = Object.keys(shown.paths).length
      if (found !== null)
        found.textContent = search.value === '' ? '' : count === 1 ? '1 operation' : `${String(count)} operations`
      ui.specActions.updateJsonSpec(shown)
      const isOpen = search.value !== '' && shown.tags.length <= MOST_OPENED
      for (const { name } of whole.tags) ui.layoutActions.show(['operations-tag', name], isOpen)
    }, PAUSE_MS)
  })
}

start().catch(() => {
  const place = document.getElementById('reference')
  if (place !== null) place.textContent = 'The API description could not be loaded. Reload the page.'
})
