/**
 * Renders the chart as Helm would, as far as the chart goes: values, `range` over a list or a map, `if`, `index`,
 * `quote`, `toJson`. No Helm runs where the tests do; what the chart uses beyond this fails here.
 */
type Scope = Record<string, unknown>

interface Node {
  text?: string
  action?: string
  body?: Node[]
}

export function render(template: string, root: Scope): string {
  const tokens = template.split(/(\{\{-?[\s\S]*?-?\}\})/)
  // `{{-` takes the white space before it along.
  const trimmed = tokens.map((token, i) => {
    let text = token
    if (!token.startsWith('{{')) {
      if (tokens[i + 1]?.startsWith('{{-') === true) text = text.replace(/\s+$/, '')
      if (tokens[i - 1]?.endsWith('-}}') === true) text = text.replace(/^\s+/, '')
    }
    return text
  })
  const parse = (at: number): [Node[], number] => {
    const nodes: Node[] = []
    while (at < trimmed.length) {
      const token = trimmed[at++] ?? ''
      if (!token.startsWith('{{')) {
        nodes.push({ text: token })
        continue
      }
      const action = token.replace(/^\{\{-?\s*|\s*-?\}\}$/g, '')
      if (action === 'end') return [nodes, at]
      if (/^(range|if)\b/.test(action)) {
        const [body, next] = parse(at)
        nodes.push({ action, body })
        at = next
      } else nodes.push({ action })
    }
    return [nodes, at]
  }
  return write(parse(0)[0], { $: root, '.': root })
}

function write(nodes: readonly Node[], scope: Scope): string {
  return nodes.map((node) => one(node, scope)).join('')
}

function one({ text, action = '', body = [] }: Node, scope: Scope): string {
  if (text !== undefined) return text
  const range = /^range (\$\w+)(?:, (\$\w+))? := (.+)$/.exec(action)
  if (range !== null) {
    const [, first = '', second, source = ''] = range
    const value = evaluate(source, scope) as unknown[] | Scope
    const entries = Array.isArray(value) ? value.map((item, i) => [i, item]) : Object.entries(value).sort()
    return entries
      .map(([key, item]) =>
        write(body, { ...scope, ...(second === undefined ? { [first]: item } : { [first]: key, [second]: item }) }),
      )
      .join('')
  }
  if (action.startsWith('if ')) return Boolean(evaluate(action.slice(3), scope)) ? write(body, scope) : ''
  const set = /^(\$\w+) := (.+)$/.exec(action)
  if (set !== null) {
    scope[set[1] ?? ''] = evaluate(set[2] ?? '', scope)
    return ''
  }
  return String(evaluate(action, scope))
}

function evaluate(expression: string, scope: Scope): unknown {
  const [first = '', ...filters] = expression.split('|').map((part) => part.trim())
  return filters.reduce(
    (value, filter) => {
      if (filter === 'quote') return JSON.stringify(String(value))
      if (filter === 'toJson') return JSON.stringify(value)
      throw new Error(`the chart uses ${filter}, which test/deploy/template.ts does not know`)
    },
    term(first, scope),
  )
}

function term(text: string, scope: Scope): unknown {
  const [head = '', ...rest] = text.split(/\s+/)
  if (head === 'list') return rest.map((item) => JSON.parse(item) as unknown)
  if (head === 'index') return (term(rest[0] ?? '', scope) as Scope)[String(term(rest[1] ?? '', scope))]
  if (rest.length > 0) throw new Error(`the chart uses "${text}", which test/deploy/template.ts does not know`)
  const [base = '', ...path] = head.startsWith('.') ? ['.', ...head.slice(1).split('.')] : head.split('.')
  const value = path.reduce<unknown>((at, key) => (at as Scope | undefined)?.[key], scope[base])
  if (value === undefined) throw new Error(`the chart names ${head}, which no value stands for`)
  return value
}
