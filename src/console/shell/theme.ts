/** Light, dark, or as the system has it. */
import { useSyncExternalStore } from 'react'
import { read, write } from './address.ts'

export type Theme = 'system' | 'light' | 'dark'

const KEY = 'lockstitch.theme'
const dark = window.matchMedia('(prefers-color-scheme: dark)')
const listeners = new Set<() => void>()

function current(): Theme {
  const kept = read(KEY)
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

let theme = current()

function show(): void {
  document.documentElement.dataset['theme'] = theme === 'system' ? (dark.matches ? 'dark' : 'light') : theme
}

export function followTheme(): void {
  show()
  dark.addEventListener('change', show)
}

export function setTheme(next: Theme): void {
  theme = next
  write(KEY, next)
  show()
  for (const listener of listeners) listener()
}

export function useTheme(): Theme {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => theme,
  )
}
