/** The console around the pages: workspace switcher, navigation, account, and the one page that the address names. */
import { Suspense, useState } from 'react'
import { RouterProvider } from 'react-aria-components'
import { BrowserRouter, Navigate, NavLink, Route, Routes, useHref, useLocation, useNavigate } from 'react-router'
import { BookOpen, Check, ChevronsUpDown, CircleUser, LogOut, Monitor, Moon, Plus, Sun, UserCog } from 'lucide-react'
import { signOut } from '../api/session.ts'
import { LinkButton } from '../kit/button.tsx'
import { Confirm } from '../kit/confirm.tsx'
import { Dialog } from '../kit/dialog.tsx'
import { CustomMenu } from '../kit/menu.tsx'
import { Page } from '../kit/page.tsx'
import { EmptyState } from '../kit/problem.tsx'
import { Spinner } from '../kit/spinner.tsx'
import { toast } from '../kit/toasts.ts'
import { areas, pages } from '../pages/areas.ts'
import { addressOfWorkspace, DOCS, openWorkspace } from './address.ts'
import { useUser, useWorkspace, useWorkspaces } from './context.ts'
import { ErrorBoundary } from './error-boundary.tsx'
import { NewWorkspaceForm } from './new-workspace.tsx'
import { OfflineBanner } from './offline-banner.tsx'
import styles from './shell.module.css'
import { setTheme, useTheme } from './theme.ts'

export function Shell() {
  const { workspace_id } = useWorkspace()
  return (
    <BrowserRouter basename={addressOfWorkspace(workspace_id)}>
      <Frame />
    </BrowserRouter>
  )
}

function Frame() {
  const navigate = useNavigate()
  const workspace = useWorkspace()
  const { pathname } = useLocation()
  const shown = areas.filter(({ isSandboxOnly = false }) => workspace.is_sandbox || !isSandboxOnly)
  return (
    <RouterProvider navigate={(to) => void navigate(to)} useHref={useHref}>
      <div className={styles.shell}>
        <a className={styles.skip} href="#main">
          Skip to the page
        </a>
        <div className={styles.side}>
          <WorkspaceSwitcher />
          <nav aria-label="Main" className={styles.nav}>
            {shown.map(({ href, label, icon: Icon }) => (
              <NavLink key={href} to={href} className={styles.item}>
                <Icon aria-hidden size={20} />
                <span>{label}</span>
              </NavLink>
            ))}
            <a href={DOCS} className={styles.item}>
              <BookOpen aria-hidden size={20} />
              <span>Docs</span>
            </a>
          </nav>
          <UserMenu />
        </div>
        <main id="main" className={styles.main} tabIndex={-1}>
          <OfflineBanner />
          <ErrorBoundary resetKey={pathname}>
            <Suspense fallback={<Waiting />}>
              <Routes>
                <Route path="/" element={<Navigate to={shown[0]?.href ?? '/account'} replace />} />
                {pages.map(({ path, Component }) => (
                  <Route key={path} path={path} element={<Component />} />
                ))}
                <Route path="*" element={<NotFound />} />
              </Routes>
            </Suspense>
          </ErrorBoundary>
        </main>
      </div>
    </RouterProvider>
  )
}

function Waiting() {
  return (
    <div className={styles.waiting}>
      <Spinner label="Loading" />
    </div>
  )
}

function NotFound() {
  return (
    <Page title="Not found">
      <EmptyState title="There is no such page" action={<LinkButton href="/">Go to the start</LinkButton>}>
        The address may be mistyped, or come from another version of the console.
      </EmptyState>
    </Page>
  )
}

function WorkspaceSwitcher() {
  const workspace = useWorkspace()
  const workspaces = useWorkspaces()
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <CustomMenu
        label="Workspaces"
        className={styles.switcher}
        actions={[
          ...workspaces.map(({ workspace_id, name, is_sandbox }) => ({
            id: workspace_id,
            label: is_sandbox ? `${name} (sandbox)` : name,
            ...(workspace_id === workspace.workspace_id ? { icon: Check } : {}),
            onAction: () => openWorkspace(workspace_id),
          })),
          { id: 'new', label: 'New Workspace', icon: Plus, onAction: () => setOpen(true) },
        ]}
      >
        <span className={styles.workspace}>
          <span className="visually-hidden">Workspace </span>
          <span className={styles.workspaceName}>{workspace.name}</span>
          <span className={styles.workspaceKind}>{workspace.is_sandbox ? 'Sandbox' : 'Production'}</span>
        </span>
        <ChevronsUpDown aria-hidden size={18} />
      </CustomMenu>
      <Dialog title="New Workspace" isOpen={isOpen} onClose={() => setOpen(false)}>
        <NewWorkspaceForm onCancel={() => setOpen(false)} />
      </Dialog>
    </>
  )
}

const THEMES = [
  ['system', 'As the system', Monitor],
  ['light', 'Light', Sun],
  ['dark', 'Dark', Moon],
] as const

function UserMenu() {
  const user = useUser()
  const navigate = useNavigate()
  const theme = useTheme()
  const [isAsking, setAsking] = useState(false)
  const name = user.full_name ?? user.email_address
  return (
    <>
      <CustomMenu
        label="Account"
        className={styles.user}
        actions={[
          { id: 'account', label: 'Account', icon: UserCog, onAction: () => void navigate('/account') },
          ...THEMES.map(([id, label, icon]) => ({
            id,
            label: theme === id ? `${label} (current theme)` : label,
            icon,
            onAction: () => setTheme(id),
          })),
          {
            id: 'sign_out',
            label: 'Sign out',
            icon: LogOut,
            onAction: () => void signOut(false).catch((error: Error) => toast(error.message, 'bad')),
          },
          {
            id: 'sign_out_everywhere',
            label: 'Sign out everywhere',
            icon: LogOut,
            isDangerous: true,
            onAction: () => setAsking(true),
          },
        ]}
      >
        <CircleUser aria-hidden size={20} />
        <span className={styles.userName}>
          <span className="visually-hidden">Account of </span>
          {name}
        </span>
      </CustomMenu>
      <Confirm
        title="Sign out everywhere?"
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        confirmLabel="Sign out everywhere"
        isDangerous
        onConfirm={() => signOut(true)}
      >
        Every browser in which you are signed in is signed out at once, this one too.
      </Confirm>
    </>
  )
}
