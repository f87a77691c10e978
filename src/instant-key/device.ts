/**
 * What is kept on the phone: a random id, by which the server knows the device again, and for each link what it last
 * showed, so that a reload without a connection shows the key. Never the client session token: it would open doors for
 * whoever reads the phone's storage, and the code is exchanged anew on every load anyway.
 */
import { phoneNow } from './clock.ts'
import type { Key } from './server.ts'

const DEVICE = 'instant-key-device'
const KEPT = 'instant-key:'

export interface KeptKey {
  key: Key
  /** By the phone's clock, when it was told. */
  at: number
  /** The door that was chosen. */
  chosen: string | null
}

/** Private windows may store nothing; then all lives as long as the page. */
let passing: string | null = null

export function deviceId(): string {
  try {
    let id = localStorage.getItem(DEVICE)
    if (id === null) {
      id = randomId()
      localStorage.setItem(DEVICE, id)
    }
    return id
  } catch {
    passing ??= randomId()
    return passing
  }
}

function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(24)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export function keep(code: string, key: Key, chosen: string | null): KeptKey {
  const kept = { key, at: phoneNow(), chosen }
  try {
    localStorage.setItem(KEPT + code, JSON.stringify(kept))
  } catch {
    // Then a reload needs a connection.
  }
  return kept
}

export function kept(code: string): KeptKey | null {
  try {
    return JSON.parse(localStorage.getItem(KEPT + code) ?? 'null') as KeptKey | null
  } catch {
    return null
  }
}

export function forget(code: string): void {
  try {
    localStorage.removeItem(KEPT + code)
  } catch {
    // Nothing could be kept either.
  }
}

/** The property's time now: what the server said, carried on by the phone. */
export function propertyNow({ key, at }: KeptKey): number {
  return Date.parse(key.now) + (key.is_clock_frozen ? 0 : Math.max(0, phoneNow() - at))
}
