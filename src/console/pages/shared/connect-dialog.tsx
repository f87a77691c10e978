/** Connecting an access system: the hosted pages of a Connect Webview, in a frame that tells how the login went. */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { call } from '../../api/client.ts'
import { invalidateKinds } from '../../api/queries.ts'
import { Button } from '../../kit/button.tsx'
import { Dialog, DialogActions } from '../../kit/dialog.tsx'
import { ErrorState, Notice } from '../../kit/problem.tsx'
import { Spinner } from '../../kit/spinner.tsx'
import styles from './connect-dialog.module.css'

interface ConnectDialogProps {
  title: string
  isOpen: boolean
  onClose: () => void
  /** Offers this one alone, as for a new login of an account that lost its own. */
  provider?: string
}

export function ConnectDialog({ title, isOpen, onClose, provider }: ConnectDialogProps) {
  return (
    <Dialog title={title} isOpen={isOpen} onClose={onClose} size="large">
      <Webview title={title} onClose={onClose} provider={provider} />
    </Dialog>
  )
}

type Progress = 'asking' | 'succeeded' | 'failed'

function Webview({ title, onClose, provider }: { title: string; onClose: () => void; provider: string | undefined }) {
  const client = useQueryClient()
  const [url, setUrl] = useState<string | null>(null)
  const [error, setError] = useState<Error | null>(null)
  const [progress, setProgress] = useState<Progress>('asking')
  const [round, setRound] = useState(0)

  useEffect(() => {
    const abort = new AbortController()
    const params = provider === undefined ? {} : { accepted_providers: [provider] }
    call('/connect_webviews/create', params as Parameters<typeof call<'/connect_webviews/create'>>[1], {
      signal: abort.signal,
    }).then(
      ({ connect_webview }) => {
        // Framed from this very origin, whatever name the server knows itself by: the policy allows no other.
        const address = new URL(connect_webview.url)
        setUrl(address.pathname + address.search)
      },
      (caught: unknown) => {
        if (!abort.signal.aborted) setError(caught as Error)
      },
    )
    return () => abort.abort()
  }, [provider, round])

  useEffect(() => {
    const onMessage = (message: MessageEvent<unknown>): void => {
      if (message.origin !== window.location.origin) return
      const type = (message.data as { event?: { event_type?: string } } | null)?.event?.event_type
      if (type === 'connect_webview.login_succeeded') setProgress('succeeded')
      else if (type === 'connect_webview.login_failed') setProgress('failed')
      else return
      void invalidateKinds(client, ['acs_system', 'connected_account', 'connect_webview'])
    }
    window.addEventListener('message', onMessage)
    return () => window.removeEventListener('message', onMessage)
  }, [client])

  if (error !== null) {
    const retry = (): void => {
      setError(null)
      setRound(round + 1)
    }
    return <ErrorState error={error} onRetry={retry} />
  }
  if (url === null) return <Spinner label="Opening" />
  return (
    <>
      {progress === 'failed' && (
        <Notice tone="bad" title="The login did not work">
          <p>The page says why. Nothing was connected.</p>
        </Notice>
      )}
      <iframe className={styles.frame} title={title} src={url} />
      <DialogActions>
        <Button look={progress === 'succeeded' ? 'primary' : 'plain'} onPress={onClose}>
          {progress === 'succeeded' ? 'Done' : 'Cancel'}
        </Button>
      </DialogActions>
    </>
  )
}
