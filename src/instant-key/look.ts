/** The property's colours and logo. */
import type { Property } from './server.ts'

/** Red, green and blue of a CSS colour, as the browser computes it. */
function channels(color: string): [number, number, number] | null {
  const probe = document.createElement('i')
  probe.style.color = color
  if (probe.style.color === '') return null
  probe.hidden = true
  document.body.append(probe)
  const [r, g, b] = (getComputedStyle(probe).color.match(/^rgb\((\d+), (\d+), (\d+)\)$/) ?? []).slice(1).map(Number)
  probe.remove()
  return r === undefined || g === undefined || b === undefined ? null : [r, g, b]
}

/** Relative luminance as WCAG 2 defines it. */
function luminance(rgb: readonly number[]): number {
  const [r = 0, g = 0, b = 0] = rgb.map((value) => {
    const part = value / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/** Colours that are none are left out; the text on the button is black or white, whichever is easier to read. */
export function dress({ primary_color, secondary_color, logo_url, name }: Property, logo: HTMLImageElement): void {
  const { style } = document.documentElement
  const primary = primary_color === undefined ? null : channels(primary_color)
  if (primary !== null && primary_color !== undefined) {
    const light = luminance(primary)
    style.setProperty('--key', primary_color)
    style.setProperty('--accent', primary_color)
    style.setProperty('--key-ink', 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 ? '#ffffff' : '#000000')
    document.querySelector('meta[name="theme-color"]')?.setAttribute('content', primary_color)
  }
  if (secondary_color !== undefined && channels(secondary_color) !== null)
    style.setProperty('--accent', secondary_color)
  if (logo_url === undefined || logo.getAttribute('src') === logo_url) return
  logo.alt = name
  logo.referrerPolicy = 'no-referrer'
  logo.addEventListener('load', () => (logo.hidden = false))
  logo.addEventListener('error', () => (logo.hidden = true))
  logo.src = logo_url
}
