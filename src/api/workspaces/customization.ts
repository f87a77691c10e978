/** How a workspace's Connect Webviews look: merged key by key, null clears one. */
import type { Json } from '../../domain/records.ts'
import { errors } from '../errors.ts'

const COLOURS = ['primary_button_color', 'primary_button_text_color']
const COLOUR = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i
/** A picture carried in the address itself, or one on the web. */
const LOGO = /^data:image\/(?:png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=]+$/

/** @throws ApiError for a colour or a logo that a page could not show */
export function mergeCustomization(before: Json, given: Json): Json {
  for (const [name, value] of Object.entries(given)) {
    if (typeof value !== 'string') continue
    const field = `connect_webview_customization.${name}`
    if (COLOURS.includes(name) && !COLOUR.test(value))
      throw errors.invalidField(field, 'Must be a colour in hexadecimal, for example #232426')
    if (name === 'inviter_logo_url' && !LOGO.test(value) && !(URL.canParse(value) && /^https?:/i.test(value)))
      throw errors.invalidField(field, 'Must be an https URL of a picture, or a data URL with one in base64')
  }
  const merged = Object.entries({ ...before, ...given }).filter(([, value]) => value !== null && value !== undefined)
  return Object.fromEntries(merged)
}
