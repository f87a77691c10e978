/**
 * The switch between languages: one choice for all samples of the page. It is in the address (`?sdk=python#key-cards`),
 * for whoever is sent there, and kept by the browser for the next visit.
 */
const KEPT = 'lockstitch.docs.sdk'
const PARAMETER = 'sdk'

const place = document.getElementById('sdks')
const samples = [...document.querySelectorAll<HTMLElement>('.sample')]
const labels = new Map(
  samples.map((one) => [one.dataset['sdk'] ?? '', one.querySelector('figcaption')?.textContent ?? '']),
)
const radios = new Map<string, HTMLInputElement>()

function kept(): string | null {
  try {
    return localStorage.getItem(KEPT)
  } catch {
    return null
  }
}

function keep(sdk: string): void {
  try {
    localStorage.setItem(KEPT, sdk)
  } catch {
    // Then it is chosen anew on the next visit.
  }
}

/** What the address asks for, then what was chosen before. */
function wanted(): string {
  const asked = new URLSearchParams(location.search).get(PARAMETER)
  return [asked, kept()].find((sdk) => sdk !== null && labels.has(sdk)) ?? 'javascript'
}

function show(sdk: string): void {
  for (const sample of samples) sample.hidden = sample.dataset['sdk'] !== sdk
  const radio = radios.get(sdk)
  if (radio === undefined) return
  radio.checked = true
  // On a phone the switch is wider than the screen.
  const label = radio.parentElement
  if (place !== null && label !== null) place.scrollLeft = label.offsetLeft - place.clientWidth / 2
}

/** Shows another language and leaves on the screen what the reader looks at: samples differ in length. */
function choose(sdk: string): void {
  const heading = [...document.querySelectorAll('h2, h3')].find((one) => one.getBoundingClientRect().bottom > 0)
  const before = heading?.getBoundingClientRect().top ?? 0
  show(sdk)
  keep(sdk)
  const address = new URL(location.href)
  address.searchParams.set(PARAMETER, sdk)
  history.replaceState(null, '', address)
  if (heading !== undefined) scrollBy(0, heading.getBoundingClientRect().top - before)
}

function addRadio(place: HTMLElement, sdk: string, name: string): void {
  const label = document.createElement('label')
  const radio = document.createElement('input')
  radio.type = 'radio'
  radio.name = PARAMETER
  radio.value = sdk
  radio.addEventListener('change', () => choose(sdk))
  radios.set(sdk, radio)
  label.append(radio, name)
  place.append(label)
}

function addCopyButton(sample: HTMLElement, said: HTMLElement): void {
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = 'Copy'
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(sample.querySelector('code')?.textContent ?? '').then(
      () => (said.textContent = 'Copied.'),
      () => (said.textContent = 'The browser does not allow copying. Select the text instead.'),
    )
  })
  sample.append(button)
}

const said = document.getElementById('said')
if (place !== null && said !== null) {
  for (const [sdk, name] of labels) addRadio(place, sdk, name)
  place.hidden = false
  // Plain HTTP from afar has no clipboard.
  if ('clipboard' in navigator) for (const sample of samples) addCopyButton(sample, said)
  show(wanted())
  addEventListener('popstate', () => show(wanted()))
  // The browser went to the heading while every language was shown.
  if (location.hash !== '') document.getElementById(location.hash.slice(1))?.scrollIntoView()
}
