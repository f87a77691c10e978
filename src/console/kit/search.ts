/** What is searched and filtered for is part of the address: Back, reload and a copied link keep it. */
import { useEffect, useState } from 'react'
import { useSearchParams } from 'react-router'

export interface SearchState {
  /** As typed. */
  text: string
  setText: (text: string) => void
  /** As searched for: a moment after the last key. */
  settled: string
}

const SETTLES_AFTER_MS = 250

export function useSearch(name = 'q'): SearchState {
  const [params, setParams] = useSearchParams()
  const settled = params.get(name) ?? ''
  const [text, setText] = useState(settled)
  useEffect(() => {
    const wish = text.trim()
    if (wish === settled) return undefined
    const timer = setTimeout(() => {
      setParams((before) => withParam(before, name, wish), { replace: true })
    }, SETTLES_AFTER_MS)
    return () => clearTimeout(timer)
  }, [text, settled, name, setParams])
  return { text, setText, settled }
}

/** As `useSearch` for a search that is not part of the address, as in a dialog. */
export function useLocalSearch(): SearchState {
  const [text, setText] = useState('')
  const [settled, setSettled] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text.trim()), SETTLES_AFTER_MS)
    return () => clearTimeout(timer)
  }, [text])
  return { text, setText, settled }
}

/** A choice that is part of the address; `usual` is left out of it. */
export function useFilter<T extends string>(name: string, usual: T): [T, (value: T) => void] {
  const [params, setParams] = useSearchParams()
  const value = (params.get(name) ?? usual) as T
  return [
    value,
    (next) => setParams((before) => withParam(before, name, next === usual ? '' : next), { replace: true }),
  ]
}

function withParam(params: URLSearchParams, name: string, value: string): URLSearchParams {
  const next = new URLSearchParams(params)
  if (value === '') next.delete(name)
  else next.set(name, value)
  return next
}
