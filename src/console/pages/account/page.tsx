import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../api/client.ts'
import { invalidateKinds, useAnswer } from '../../api/queries.ts'
import type { ConsoleUser } from '../../api/routes.ts'
import { Button } from '../../kit/button.tsx'
import { DateTime } from '../../kit/date-time.tsx'
import { TextField } from '../../kit/fields.tsx'
import { ActionForm, textOf } from '../../kit/form.tsx'
import { Page, Section } from '../../kit/page.tsx'
import { ErrorState } from '../../kit/problem.tsx'
import { Spinner } from '../../kit/spinner.tsx'
import { StatusPill } from '../../kit/status-pill.tsx'
import { toast } from '../../kit/toasts.ts'
import { useAction } from '../../kit/use-action.ts'
import styles from './page.module.css'

/** The user's own account: name, e-mail address, password, and where they are signed in. */
export default function AccountPage() {
  const { data, error, refetch } = useAnswer('/console/users/get', {})
  return (
    <Page title="Account">
      {error !== null && data === undefined ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Spinner label="Loading" />
      ) : (
        <>
          <Details user={data.user} />
          <Password />
          <Sessions />
        </>
      )}
    </Page>
  )
}

function Details({ user }: { user: ConsoleUser }) {
  const client = useQueryClient()
  const [email, setEmail] = useState(user.email_address)
  const isOtherEmail = email.trim() !== user.email_address
  return (
    <Section title="Details">
      <div className={styles.form}>
        <ActionForm
          submitLabel="Save"
          onSubmit={async (values) => {
            const current = values.get('current_password')
            await call('/console/users/update', {
              full_name: textOf(values, 'full_name'),
              ...(isOtherEmail
                ? { email_address: email.trim(), current_password: typeof current === 'string' ? current : '' }
                : {}),
            })
            await invalidateKinds(client, ['console_user'])
            toast('Account saved')
          }}
        >
          <TextField label="Full name" name="full_name" defaultValue={user.full_name ?? ''} autoComplete="name" />
          <TextField
            label="E-mail address"
            name="email_address"
            type="email"
            value={email}
            onChange={setEmail}
            autoComplete="username"
            isRequired
          />
          {isOtherEmail && (
            <TextField
              label="Current password"
              name="current_password"
              type="password"
              autoComplete="current-password"
              hint="Needed for another e-mail address, which is what you sign in with."
              isRequired
            />
          )}
        </ActionForm>
      </div>
    </Section>
  )
}

function Password() {
  const [round, setRound] = useState(0)
  const client = useQueryClient()
  return (
    <Section title="Password">
      <div className={styles.form}>
        <ActionForm
          key={round}
          submitLabel="Change password"
          onSubmit={async (values) => {
            await call('/console/users/change_password', {
              current_password: wordOf(values, 'current_password'),
              new_password: wordOf(values, 'new_password'),
            })
            await invalidateKinds(client, ['console_session'])
            // The fields start empty again.
            setRound(round + 1)
            toast('Password changed; all other sessions have ended')
          }}
        >
          <TextField
            label="Current password"
            name="current_password"
            type="password"
            autoComplete="current-password"
            isRequired
          />
          <TextField label="New password" name="new_password" type="password" autoComplete="new-password" isRequired />
        </ActionForm>
      </div>
    </Section>
  )
}

/** A password as typed: blanks at its ends are part of it. */
function wordOf(values: FormData, name: string): string {
  const value = values.get(name)
  return typeof value === 'string' ? value : ''
}

function Sessions() {
  const { data, error, refetch } = useAnswer('/console/sessions/list', {})
  const client = useQueryClient()
  const { run, isPending } = useAction()
  const end = (consoleSessionId: string): void =>
    run(async () => {
      await call('/console/sessions/delete', { console_session_id: consoleSessionId })
      await invalidateKinds(client, ['console_session'])
      toast('Signed out there')
    })
  return (
    <Section title="Signed in at">
      {error !== null && data === undefined ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Spinner label="Loading" />
      ) : (
        <ul className={styles.sessions}>
          {data.console_sessions.map((session) => (
            <li key={session.console_session_id} className={styles.session}>
              <div className={styles.sessionText}>
                <strong>{session.user_agent ?? 'Unknown browser'}</strong>
                <span className={styles.soft}>
                  Since <DateTime at={session.created_at} />, last seen <DateTime at={session.last_seen_at} />
                </span>
              </div>
              {session.is_current ? (
                <StatusPill tone="good">This browser</StatusPill>
              ) : (
                <Button isDisabled={isPending} onPress={() => end(session.console_session_id)}>
                  Sign out
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}
