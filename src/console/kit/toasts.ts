/** Short messages at the edge of the screen, read out by screen readers. What must not be missed is no toast. */
import { UNSTABLE_ToastQueue as ToastQueue } from 'react-aria-components'

export interface Toast {
  text: string
  tone: 'good' | 'bad'
}

export const toasts = new ToastQueue<Toast>({ maxVisibleToasts: 4 })

const SHOWN_MS = 5_000

/** A failure stays until it is closed. */
export function toast(text: string, tone: Toast['tone'] = 'good'): void {
  toasts.add({ text, tone }, tone === 'good' ? { timeout: SHOWN_MS } : {})
}
