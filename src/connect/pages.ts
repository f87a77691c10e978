/** The pages themselves. They work without scripts; what they show of makers comes from the definitions. */
import type { ConnectWebviewRecord, Json } from '../domain/records.ts'
import { askedFields, type AskedField } from '../systems/kit/connect-flow.ts'
import type { ConnectPage, SystemDefinition } from '../systems/kit/definition.ts'
import type { Answers } from './answers.ts'
import { html, type Html } from './html.ts'

/** How the page looks (the workspace's settings when the webview was made). */
export interface Look {
  inviter_name?: string
  inviter_logo_url?: string
  logo_shape?: 'circle' | 'square'
  primary_button_color?: string
  primary_button_text_color?: string
  success_message?: string
}

export interface Frame {
  webview: ConnectWebviewRecord
  isSandbox: boolean
  /** The page's own address, with more of the query behind it. */
  address: (more?: Record<string, string>) => string
  /** Where its style and script lie. */
  files: string
  nonce: string
}

const COLOUR = /^#[0-9a-f]{3,6}$/i

/** Settings made before they were checked are left out where a page could not show them. */
export function lookOfPage({ customization }: ConnectWebviewRecord): Look {
  const { primary_button_color, primary_button_text_color, inviter_logo_url, ...look } = customization as Look
  return {
    ...look,
    ...(COLOUR.test(primary_button_color ?? '') ? { primary_button_color } : {}),
    ...(COLOUR.test(primary_button_text_color ?? '') ? { primary_button_text_color } : {}),
    ...(inviter_logo_url !== undefined && URL.canParse(inviter_logo_url) ? { inviter_logo_url } : {}),
  }
}

/** A whole document. `event`: what the page around is told. `goTo`: where the browser goes on to by itself. */
export function document(
  frame: Frame,
  { title, body, event, goTo }: { title: string; body: Html; event?: Json | undefined; goTo?: string | null },
): string {
  const look = lookOfPage(frame.webview)
  const { inviter_name, inviter_logo_url, logo_shape, primary_button_color, primary_button_text_color } = look
  const colours = [
    ...(primary_button_color === undefined ? [] : [`--button: ${primary_button_color};`]),
    ...(primary_button_text_color === undefined ? [] : [`--button-ink: ${primary_button_text_color};`]),
  ]
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex, nofollow" />
        <title>${title}</title>
        <link rel="icon" href="${frame.files}/connect.svg" />
        <link rel="stylesheet" href="${frame.files}/connect.css" />
        ${
          colours.length > 0 &&
          html`<style nonce="${frame.nonce}">
            body{${colours.join(' ')}}
          </style>`
        }
        ${event !== undefined && html`<meta name="connect-event" content="${JSON.stringify(event)}" />`}
        <script src="${frame.files}/connect.js"></script>
        ${goTo != null && html`<meta http-equiv="refresh" content="0;url=${goTo}" />`}
      </head>
      <body>
        <main>
          ${(inviter_name !== undefined || inviter_logo_url !== undefined) && html`<header>${inviter_logo_url !== undefined && html`<img class="logo ${logo_shape ?? 'square'}" src="${inviter_logo_url}" alt="" />`}<span>${inviter_name}</span></header>`}
          ${frame.isSandbox && html`<p class="sandbox">Sandbox: what is connected here is virtual.</p>`} ${body}
        </main>
      </body>
    </html>`
  return page.text
}

function below(frame: Frame, back: Record<string, string> | null): Html {
  return html`<nav class="below" aria-label="Other ways">
    ${back !== null && html`<a href="${frame.address(back)}">Back</a>`}
    <form method="post" action="${frame.address({ at: 'cancel' })}">
      <button class="quiet" type="submit">Cancel</button>
    </form>
  </nav>`
}

export function introduction(frame: Frame, next: Record<string, string>): Html {
  const { inviter_name } = lookOfPage(frame.webview)
  const who = inviter_name ?? 'The application that sent you here'
  return html`<h1>Connect your access system</h1>
    <p>
      ${who} asks to work with your access system, so that people can be given keys to its doors, and have them taken
      away again.
    </p>
    <p>You will sign in to the system. What you fill in is stored encrypted and shown to nobody.</p>
    <a class="button" href="${frame.address(next)}">Continue</a>
    ${below(frame, null)}`
}

/** Nobody's logo: a shape with the first letters of the name. */
function mark(name: string): Html {
  const letters = name
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.charAt(0))
    .slice(0, 2)
    .join('')
    .toUpperCase()
  return html`<svg class="mark" viewBox="0 0 40 40" aria-hidden="true" focusable="false">
    <rect width="40" height="40" rx="9" fill="#4a5560" />
    <text x="20" y="26" font-size="16" font-weight="600" text-anchor="middle" fill="#ffffff">${letters}</text>
  </svg>`
}

export function brandList(frame: Frame, offered: readonly SystemDefinition[], search: string): Html {
  const wanted = search.trim().toLowerCase()
  const shown = offered.filter((one) => one.display_name.toLowerCase().includes(wanted))
  const hidden = [...new URL(frame.address({ at: 'brands' }), 'http://page.invalid').searchParams]
  return html`<h1>Choose your system</h1>
    <form class="search" role="search" method="get" action="${frame.address().split('?')[0]}">
      ${hidden.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
      <input type="search" name="search" value="${search}" aria-label="Search by name" placeholder="Search by name" />
      <button class="button" type="submit">Search</button>
    </form>
    ${shown.length === 0 && html`<p role="status">No system is called so. <a href="${frame.address({ at: 'brands' })}">Show all</a></p>`}
    <ul class="brands">
      ${shown.map(
        (one) =>
          html`<li>
            <a href="${frame.address({ at: one.provider })}"
              >${mark(one.display_name)}<span>${one.display_name}</span></a
            >
          </li>`,
      )}
    </ul>
    ${below(frame, {})}`
}

interface Step {
  definition: SystemDefinition
  page: ConnectPage
  number: number
  answers: Answers
  /** Where Back leads. */
  back: Record<string, string>
}

export function step(frame: Frame, { definition, page, number, answers, back }: Step): Html {
  const faults = answers.faults?.page === number ? answers.faults : null
  const fields = askedFields(definition, page, answers.values)
  const wrong = Object.keys(faults?.fields ?? {}).length
  const summary =
    faults?.general ??
    (wrong === 0
      ? null
      : wrong === 1
        ? 'One field needs another value.'
        : `${String(wrong)} fields need another value.`)
  const first = [...fields.map((field) => field.name), 'pairing_code'].find(
    (name) => faults?.fields[name] !== undefined,
  )
  const one = (field: AskedField): Html =>
    input(frame, field, {
      value: valueOf(frame, page, field, answers),
      fault: faults?.fields[field.name],
      hasFocus: field.name === first,
    })
  return html`<h1>${titleOf(page, definition)}</h1>
    ${introductionOf(page)} ${summary !== null && html`<div class="alert" role="alert">${summary}</div>`}
    <form
      method="post"
      action="${frame.address({ at: definition.provider, page: String(number) })}"
      novalidate
      autocomplete="off"
    >
      ${page.kind === 'bridge' && page.field === undefined && one(PAIRING_CODE)}
      ${page.kind === 'choice' && frame.isSandbox ? options(page, answers, faults?.fields[page.field]) : fields.filter((field) => field.tick === null).map(one)}
      ${page.kind === 'bridge' && page.asksName === true && bridgeName(frame, answers)}
      ${
        page.kind === 'form' &&
        (page.ticks ?? []).map(
          (tick) =>
            html`<div class="tick">
              <input
                type="checkbox"
                id="tick.${tick.name}"
                name="tick.${tick.name}"
                value="yes"
                ${answers.ticks.includes(tick.name) && html` checked`}
              />
              <label for="tick.${tick.name}">${tick.label}</label>
              <div class="more">${fields.filter((field) => field.tick?.name === tick.name).map(one)}</div>
            </div>`,
        )
      }
      <button class="button" type="submit">
        ${page.kind === 'consent' || page.kind === 'choice' ? page.button : 'Continue'}
      </button>
      <p role="status" class="help" data-sending="One moment: ${definition.display_name} is being asked."></p>
    </form>
    ${below(frame, back)}`
}

/** Where a bridge page's code is no part of the login. */
const PAIRING_CODE: AskedField = {
  name: 'pairing_code',
  label: 'Pairing token of the bridge',
  kind: 'text',
  isRequired: true,
  example: '123456',
  help: 'Six characters that the bridge shows',
  tick: null,
}

function titleOf(page: ConnectPage, definition: SystemDefinition): string {
  return page.kind === 'bridge' ? `Pair the bridge to ${definition.display_name}` : page.title
}

function introductionOf(page: ConnectPage): Html | null {
  if (page.kind === 'bridge')
    return html`<p>
      The system is reached through a bridge, a small program on a computer in its building. Start it there, and fill in
      the code that it shows.
    </p>`
  return page.kind === 'form' ? null : html`<p>${page.text}</p>`
}

/** What was filled in before, or what a sandbox fills in. A secret is never shown again. */
function valueOf(frame: Frame, page: ConnectPage, field: AskedField, answers: Answers): string {
  const given = answers.values[field.name]
  const isPrefilled =
    frame.isSandbox &&
    ((page.kind === 'bridge' && page.isPrefilled === true) ||
      (page.kind === 'form' && page.prefilled?.includes(field.name) === true))
  // The code of a virtual bridge is nobody's secret.
  if (page.kind === 'bridge' && isPrefilled) return given ?? field.example
  if (field.kind === 'secret') return ''
  return given ?? (isPrefilled ? field.example : (field.choices?.[0] ?? ''))
}

function input(
  frame: Frame,
  field: AskedField,
  { value, fault, hasFocus }: { value: string; fault: string | undefined; hasFocus: boolean },
): Html {
  const { name, label, help, choices } = field
  const id = `field.${name}`
  const hint = hintOf(frame, field)
  const about = [
    help !== undefined && `${id}.help`,
    hint !== null && `${id}.hint`,
    fault !== undefined && `${id}.error`,
  ]
  const common = html`id="${id}" name="${name}"
  aria-describedby="${about.filter(Boolean).join(' ')}"${fault !== undefined && html` aria-invalid="true"`}${field.isRequired && html` aria-required="true"`}${hasFocus && html` autofocus`}`
  // The code of a bridge is typed from its screen: it is read while it is typed.
  const type = field.kind === 'secret' && !/token/.test(name) ? 'password' : 'text'
  const control =
    choices === undefined
      ? html`<input
          type="${type}"
          ${common}
          value="${value}"
          autocomplete="off"
          autocapitalize="none"
          spellcheck="false"
          ${field.kind === 'number' && html` inputmode="numeric"`}${field.kind === 'url' && html` inputmode="url"`}
        />`
      : html`<select ${common}>
          ${choices.map((one) => html`<option value="${one}" ${one === value && html` selected`}>${one}</option>`)}
        </select>`
  return html`<div class="field">
    <label for="${id}">${label}${!field.isRequired && html` <span class="optional">(optional)</span>`}</label>
    ${control} ${help !== undefined && html`<p class="help" id="${id}.help">${help}</p>`}
    ${hint !== null && html`<p class="hint" id="${id}.hint">${hint}</p>`}
    ${fault !== undefined && html`<p class="error" id="${id}.error">${fault}</p>`}
  </div>`
}

/** What a virtual system takes. */
function hintOf(frame: Frame, { sandboxValue, example, choices, name }: AskedField): Html | null {
  if (!frame.isSandbox || choices !== undefined) return null
  if (sandboxValue !== undefined) return html`Sandbox: <code>${sandboxValue}</code>`
  if (/^pairing_/.test(name)) return html`Sandbox: <code>${example}</code>, or any six characters`
  return html`Sandbox: anything, such as <code>${example}</code>`
}

function bridgeName(frame: Frame, answers: Answers): Html {
  const field: AskedField = {
    name: 'bridge_name',
    label: 'Name of the bridge',
    kind: 'text',
    isRequired: false,
    example: 'Front desk',
    tick: null,
  }
  return input(frame, field, { value: answers.bridgeName ?? '', fault: undefined, hasFocus: false })
}

function options(page: ConnectPage & { kind: 'choice' }, answers: Answers, fault: string | undefined): Html {
  const chosen = answers.values[page.field] ?? page.sandboxChoices[0]
  return html`<fieldset${fault !== undefined && html` aria-describedby="choice.error"`}><legend>${page.title}</legend>
${page.sandboxChoices.map((one) => html`<label class="option"><input type="radio" name="${page.field}" value="${one}" ${one === chosen && html` checked`} />${one}</label>`)}
${fault !== undefined && html`<p class="error" id="choice.error">${fault}</p>`}
</fieldset>`
}

export function success(frame: Frame, definition: SystemDefinition | undefined, goTo: string | null): Html {
  const { success_message } = lookOfPage(frame.webview)
  const name = definition?.display_name ?? 'Your system'
  return html`<svg class="done" viewBox="0 0 48 48" aria-hidden="true" focusable="false">
      <circle cx="24" cy="24" r="22" fill="none" stroke="currentColor" stroke-width="3" />
      <path
        d="M14 25l7 7 13-15"
        fill="none"
        stroke="currentColor"
        stroke-width="4"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
    <h1>${name} is connected</h1>
    <p>${success_message ?? 'Its doors can be given to people now. You can close this page.'}</p>
    ${end(goTo)}`
}

export function failure(goTo: string | null): Html {
  return html`<h1>Nothing was connected</h1>
    <p>
      The login was given up, or the account belongs to another customer already. Ask whoever sent you here for a new
      link to try again.
    </p>
    ${end(goTo)}`
}

function end(goTo: string | null): Html {
  if (goTo !== null) return html`<a class="button" href="${goTo}">Continue</a>`
  return html`<button class="button" type="button" data-close hidden>Close</button>
    <p data-closed hidden role="status">You can close this window now.</p>`
}
