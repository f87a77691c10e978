import type { UseQueryResult } from '@tanstack/react-query'
import { useEffect, type ReactNode } from 'react'
import { ChevronRight } from 'lucide-react'
import { Link } from 'react-aria-components'
import { Loaded } from './loaded.tsx'
import styles from './page.module.css'

export interface Crumb {
  label: string
  href: string
}

export interface PageProps {
  title: string
  /** The way here, from the top; without the page itself. */
  crumbs?: Crumb[]
  /** Beside the title: a pill, an id. */
  aside?: ReactNode
  /** The page's buttons, at the right. */
  actions?: ReactNode
  children: ReactNode
}

/** The frame of a page: where one is, what it is called, what can be done, and the rest. */
export function Page({ title, crumbs = [], aside, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Lockstitch`
  }, [title])
  return (
    <div className={styles.page}>
      {crumbs.length > 0 && (
        <nav aria-label="Breadcrumbs">
          <ol className={styles.crumbs}>
            {crumbs.map(({ label, href }) => (
              <li key={href}>
                <Link href={href} className={styles.crumb}>
                  {label}
                </Link>
                <ChevronRight aria-hidden size={14} />
              </li>
            ))}
            <li aria-current="page">{title}</li>
          </ol>
        </nav>
      )}
      <header className={styles.head}>
        <div className={styles.titles}>
          <h1>{title}</h1>
          {aside}
        </div>
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  )
}

/**
 * The page of one thing: `children` draws it, in a `Page` of its own, once it is there. Until then, and where it is not
 * found, the frame stands with its plain title and says so; what could not be loaded can be tried again.
 */
export function PageOf<T>({
  query,
  title,
  crumbs = [],
  children,
}: {
  query: UseQueryResult<T>
  title: string
  crumbs?: Crumb[]
  children: (data: T) => ReactNode
}) {
  if (query.data !== undefined) return <>{children(query.data)}</>
  return (
    <Page title={title} crumbs={crumbs}>
      <Loaded query={query}>{() => null}</Loaded>
    </Page>
  )
}

/** A titled part of a page. */
export function Section({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className={styles.section}>
      <header className={styles.sectionHead}>
        <h2>{title}</h2>
        {actions}
      </header>
      {children}
    </section>
  )
}

/** Names and values, as a definition list. */
export function Facts({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <div key={name} className={styles.fact}>
          <dt>{name}</dt>
          <dd>{value === null || value === undefined || value === '' ? '–' : value}</dd>
        </div>
      ))}
    </dl>
  )
}
