/** The server's stream of changes: what a change touches is fetched again, and waiting dialogs are woken. */
import { useSyncExternalStore } from 'react'
import type { QueryClient } from '@tanstack/react-query'
import { invalidateKinds } from './queries.ts'
import type { SeamEvent } from './routes.ts'

export interface Change {
  kinds: string[]
  events: Pick<SeamEvent, 'event_id' | 'event_type' | 'occurred_at'>[]
  action_attempt_ids: string[]
}

export type LiveState = 'connecting' | 'connected' | 'lost'

/** A server that refuses the stream (restarting, too busy) is asked again after this long. */
const ASK_AGAIN_MS = 3_000

export class Live {
  readonly #url: string
  readonly #client: QueryClient
  readonly #listeners = new Set<(change: Change) => void>()
  readonly #stateListeners = new Set<() => void>()
  #state: LiveState = 'connecting'
  #source: EventSource | null = null
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(workspaceId: string, client: QueryClient) {
    this.#url = `/console/live?workspace_id=${encodeURIComponent(workspaceId)}`
    this.#client = client
  }

  start(): () => void {
    this.#open()
    return () => {
      clearTimeout(this.#timer)
      this.#source?.close()
      this.#source = null
    }
  }

  get state(): LiveState {
    return this.#state
  }

  onState = (listener: () => void): (() => void) => {
    this.#stateListeners.add(listener)
    return () => this.#stateListeners.delete(listener)
  }

  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #open(): void {
    const source = new EventSource(this.#url)
    this.#source = source
    source.addEventListener('open', () => {
      // Whatever happened while nobody listened was missed.
      if (this.#state === 'lost') void invalidateKinds(this.#client, 'all')
      this.#become('connected')
    })
    source.addEventListener('change', (message: MessageEvent<string>) => {
      const change = JSON.parse(message.data) as Partial<Change>
      const whole: Change = {
        kinds: change.kinds ?? [],
        events: change.events ?? [],
        action_attempt_ids: change.action_attempt_ids ?? [],
      }
      void invalidateKinds(this.#client, whole.kinds)
      for (const listener of this.#listeners) listener(whole)
    })
    source.addEventListener('error', () => {
      this.#become('lost')
      // The browser connects again by itself unless it was answered with an error.
      if (source.readyState !== EventSource.CLOSED) return
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => {
        if (this.#source === source) this.#open()
      }, ASK_AGAIN_MS)
    })
  }

  #become(state: LiveState): void {
    if (this.#state === state) return
    this.#state = state
    for (const listener of this.#stateListeners) listener()
  }
}

export function useLiveState(live: Live): LiveState {
  return useSyncExternalStore(live.onState, () => live.state)
}
