import { useState } from 'react'
import { resume, useSession } from '../api/session.ts'
import { ErrorState } from '../kit/problem.tsx'
import { Spinner } from '../kit/spinner.tsx'
import { ToastRegion } from '../kit/toast-region.tsx'
import { AcceptInvitation } from './accept-invitation.tsx'
import { invitationOfAddress } from './address.ts'
import styles from './door.module.css'
import { ErrorBoundary } from './error-boundary.tsx'
import { SignIn } from './sign-in.tsx'
import { SignedIn } from './signed-in.tsx'

/** Who is asking decides what is shown: an invitation, the sign-in page, or a workspace. */
export function App() {
  return (
    <ErrorBoundary>
      <Entrance />
      <ToastRegion />
    </ErrorBoundary>
  )
}

function Entrance() {
  const session = useSession()
  const [invitation, setInvitation] = useState(invitationOfAddress)
  if (invitation !== null) return <AcceptInvitation token={invitation} onDone={() => setInvitation(null)} />
  switch (session.status) {
    case 'unknown':
      return (
        <div className={styles.wait}>
          <Spinner label="Loading" />
        </div>
      )
    case 'failed':
      return (
        <main className={styles.door}>
          <ErrorState error={session.error} onRetry={() => void resume()} />
        </main>
      )
    case 'signed_out':
      return <SignIn />
    case 'signed_in':
      // Another session is another person, perhaps: nothing that was read for the one before stays.
      return <SignedIn key={session.session.console_session_id} user={session.session.user} />
  }
}
