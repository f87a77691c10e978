import { useCallback, useState } from 'react'
import { toast } from './toasts.ts'

/** Something a button does without a form: `run` starts it, once at a time; a failure is shown as a toast. */
export function useAction(): { run: (work: () => Promise<void>) => void; isPending: boolean } {
  const [isPending, setPending] = useState(false)
  const run = useCallback(
    (work: () => Promise<void>) => {
      if (isPending) return
      setPending(true)
      work()
        .catch((error: unknown) => toast(error instanceof Error ? error.message : String(error), 'bad'))
        .finally(() => setPending(false))
    },
    [isPending],
  )
  return { run, isPending }
}
