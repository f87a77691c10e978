/** Reads the walk-throughs off the served page, as a reader copies them, and the calls in them, whatever the language. */
export const SDKS = ['javascript', 'python', 'ruby', 'php', 'csharp', 'java', 'curl'] as const
export type Sdk = (typeof SDKS)[number]

export interface Step {
  walk: string
  step: string
  sdk: Sdk
  code: string
}

/** A call of an operation: its path and the names of its parameters. */
export interface SampleCall {
  path: string
  params: string[]
}

export function stepsOnPage(html: string): Step[] {
  const pattern =
    /data-walk="([\w-]+)" data-step="([\w-]+)" data-sdk="(\w+)">[\s\S]*?<pre tabindex="0"><code>([\s\S]*?)<\/code>/g
  return [...html.matchAll(pattern)].map(([, walk = '', step = '', sdk = '', code = '']) => ({
    walk,
    step,
    sdk: sdk as Sdk,
    code: code.replace(/&#(\d+);/g, (_, number: string) => String.fromCharCode(Number(number))),
  }))
}

/** The blocks of a walk-through one below the other. */
export function programOf(steps: readonly Step[], walk: string, sdk: Sdk): string {
  return steps
    .filter((one) => one.walk === walk && one.sdk === sdk)
    .map(({ code }) => `${code}\n`)
    .join('')
}

const snake = (name: string): string => name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase()
const pathOf = (names: string): string =>
  `/${names
    .split(/\(\)\.|\.|->/)
    .map(snake)
    .join('/')}`

/** Where a call begins, and what a name of a parameter looks like at the outermost level of what it is given. */
const SPELLINGS: Record<Exclude<Sdk, 'curl'>, { call: RegExp; param: RegExp }> = {
  javascript: { call: /\bseam\.((?:\w+\.)+\w+)(\()/g, param: /^(\w+)/ },
  python: { call: /\bseam\.((?:\w+\.)+\w+)(\()/g, param: /^(\w+)=/ },
  ruby: { call: /\bseam\.((?:\w+\.)+\w+)(\(?)/g, param: /^(\w+): / },
  php: { call: /\$seam->((?:\w+->)+\w+)(\()/g, param: /^(\w+): / },
  csharp: { call: /\bseam\.((?:\w+\.)+\w+)(\()/g, param: /^(\w+): / },
  java: { call: /\bseam\.((?:\w+\(\)\.)+\w+)(\()/g, param: /^\.(\w+)\(/ },
}

export function callsIn(code: string, sdk: Sdk): SampleCall[] {
  if (sdk === 'curl') return curlCalls(code)
  const { call, param } = SPELLINGS[sdk]
  const text = withoutComments(code, sdk)
  return [...text.matchAll(call)]
    .filter(([, names = '']) => !names.startsWith('client.'))
    .map((match) => {
      const [all, names = '', bracket] = match
      const given = bracket === '(' ? inside(text, match.index + all.length) : ''
      if (sdk === 'java') {
        const type = /^\s*(\w+)Request\.builder\(\)/.exec(given)?.[1]
        const named = pathOf(names)
          .split('/')
          .map((part) => part.replaceAll('_', ''))
          .join('')
        if (type !== undefined && type.toLowerCase() !== named) throw new Error(`${type}Request is given to ${names}`)
      }
      // JavaScript wraps its parameters into one object.
      const list = sdk === 'javascript' ? given.trim().replace(/^\{|\}$/g, '') : given
      const parts = sdk === 'java' ? builderCalls(list) : split(list)
      const params = parts.map((part) => param.exec(part.trim())?.[1] ?? `? ${part.trim()}`)
      return { path: pathOf(names), params: params.map(snake).filter((name) => name !== 'builder' && name !== 'build') }
    })
}

function withoutComments(code: string, sdk: Sdk): string {
  return code.replace(sdk === 'python' || sdk === 'ruby' ? /(?<=^|\s)#.*$/gm : /(?<=^|\s)\/\/.*$/gm, '')
}

/** What stands between a bracket that was opened before `from`, and its end. Texts hold no brackets of their own here. */
function inside(text: string, from: number): string {
  let depth = 1
  let at = from
  for (; at < text.length && depth > 0; at += 1) {
    if ('([{'.includes(text[at] ?? '')) depth += 1
    if (')]}'.includes(text[at] ?? '')) depth -= 1
  }
  return text.slice(from, at - 1)
}

/** At the commas of the outermost level. */
function split(text: string): string[] {
  const parts = ['']
  let depth = 0
  for (const char of text) {
    if ('([{'.includes(char)) depth += 1
    if (')]}'.includes(char)) depth -= 1
    if (char === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += char
  }
  return parts.filter((part) => part.trim() !== '')
}

/** `.name(` at the outermost level of a builder. */
function builderCalls(text: string): string[] {
  let flat = ''
  let depth = 0
  for (const char of text) {
    if (char === ')') depth -= 1
    if (depth === 0) flat += char
    if (char === '(') depth += 1
  }
  return flat.match(/\.\w+\(/g) ?? []
}

function curlCalls(code: string): SampleCall[] {
  return code
    .split(/^(?=.*\bcurl -sS)/m)
    .filter((part) => part.includes('curl -sS'))
    .map((part) => {
      const path = /"\$\{SEAM_ENDPOINT\}(\/[\w/]+)"/.exec(part)?.[1] ?? ''
      const body = /-d '(\{[\s\S]*?\})'(?=[\s)])/.exec(part)?.[1] ?? 'no body'
      const filled = body.replaceAll(/'"(?:\$\{\w+\}|\$\(.*?\))"'/g, '0')
      return { path, params: Object.keys(JSON.parse(filled) as object) }
    })
    .filter(({ path }) => !path.startsWith('/sandbox/'))
}
