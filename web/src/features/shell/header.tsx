import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useLocation, useNavigate } from "@tanstack/react-router";
import {
  CalendarDays,
  CircleAlert,
  Clock,
  ExternalLink,
  Gauge,
  History,
  Keyboard,
  ListRestart,
  LogOut,
  Menu as MenuIcon,
  type LucideIcon,
  MessageSquareText,
  Monitor,
  Moon,
  Play,
  Search,
  Shapes,
  Sun,
  User,
  Wallet,
  Waypoints,
} from "lucide-react";

import { forgetAllBut, sessionQuery, signOut } from "@/api/session";
import { Button } from "@/components/ui/button";
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuRule } from "@/components/ui/menu";
import { choose, useTheme } from "@/lib/preferences";

import { FreshnessMark } from "./freshness-mark";
import { NoticesBell } from "./notices-bell";
import { ZonePicker } from "./zone-picker";

export const PAGES: {
  to:
    | "/"
    | "/control"
    | "/calendar"
    | "/runs"
    | "/errors"
    | "/primitives"
    | "/dependencies"
    | "/budgets"
    | "/backfills"
    | "/activity";
  label: string;
  icon: LucideIcon;
  key: string;
}[] = [
  { to: "/control", label: "Control", icon: Gauge, key: "o" },
  { to: "/", label: "Schedule", icon: Clock, key: "s" },
  { to: "/calendar", label: "Calendar", icon: CalendarDays, key: "c" },
  { to: "/runs", label: "Runs", icon: Play, key: "r" },
  { to: "/errors", label: "Errors", icon: CircleAlert, key: "e" },
  { to: "/primitives", label: "Primitives", icon: Shapes, key: "p" },
  { to: "/dependencies", label: "Dependencies", icon: Waypoints, key: "d" },
  { to: "/budgets", label: "Budgets", icon: Wallet, key: "b" },
  { to: "/backfills", label: "Backfills", icon: ListRestart, key: "f" },
  { to: "/activity", label: "Activity", icon: History, key: "a" },
];

const THEMES = [
  { value: "system", label: "System", icon: Monitor },
  { value: "light", label: "Light", icon: Sun },
  { value: "dark", label: "Dark", icon: Moon },
] as const;

export type ShellDialog = "keys" | "messages" | "notices";

interface HeaderProps {
  /** Undefined while signed out. */
  onSearch: (() => void) | undefined;
  onDialog: ((dialog: ShellDialog) => void) | undefined;
}

export function Header({ onSearch, onDialog }: HeaderProps) {
  return (
    <header className="sticky top-0 z-30 flex h-12 items-center gap-1 border-b border-line bg-panel px-3 max-[24rem]:gap-0 max-[24rem]:px-2 sm:px-5">
      <Link
        to="/"
        aria-label="Podium"
        className="mr-2 flex min-h-8 min-w-6 items-center gap-2 font-semibold tracking-tight max-[24rem]:mr-0.5"
      >
        <img src="/podium.svg" alt="" className="size-5" />
        <span className="hidden full:inline">Podium</span>
      </Link>
      <PagesMenu />
      <nav aria-label="Pages" className="hidden items-center gap-0.5 wide:flex">
        {PAGES.map(({ to, label }) => (
          <Link
            key={to}
            to={to}
            activeOptions={{ exact: to === "/", includeSearch: false }}
            className="flex h-8 items-center rounded-md px-2.5 font-medium text-ink-2 hover:bg-sunken hover:text-ink"
            activeProps={{ className: "here !text-ink", "aria-current": "page" }}
          >
            {label}
          </Link>
        ))}
      </nav>
      <div className="flex-1" />
      <FreshnessMark />
      {onSearch && (
        <Button look="quiet" size="sm" onClick={onSearch} aria-label="Search and commands">
          <Search className="size-4" />
          <kbd className="hidden rounded border border-line px-1 font-sans text-2xs text-ink-3 full:inline">Ctrl K</kbd>
        </Button>
      )}
      {onDialog && <NoticesBell onOpen={() => onDialog("notices")} />}
      <ZonePicker />
      <ThemeMenu />
      <PersonMenu onDialog={onDialog} />
    </header>
  );
}

/** Navigation on a narrow screen, where the names do not fit in a row. */
function PagesMenu() {
  const path = useLocation({ select: (location) => location.pathname });
  const navigate = useNavigate();
  const here = PAGES.find(({ to }) => (to === "/" ? path === "/" : path.startsWith(to)));
  return (
    <Menu
      align="start"
      trigger={
        <Button look="quiet" size="sm" aria-label={here ? `Pages: ${here.label}` : "Pages"} className="wide:hidden">
          <MenuIcon className="size-4" /> {here?.label}
        </Button>
      }
    >
      {PAGES.map(({ to, label, icon: Icon }) => (
        <MenuItem key={to} onSelect={() => void navigate({ to })}>
          <Icon className="size-3.5" /> {label}
        </MenuItem>
      ))}
    </Menu>
  );
}

function ThemeMenu() {
  const theme = useTheme();
  const Icon = THEMES.find((one) => one.value === theme)?.icon ?? Monitor;
  return (
    <Menu
      trigger={
        <Button look="quiet" size="icon" aria-label="Theme">
          <Icon className="size-4" />
        </Button>
      }
    >
      {THEMES.map((one) => (
        <MenuChoice key={one.value} chosen={one.value === theme} onSelect={() => choose("theme", one.value)}>
          {one.label}
        </MenuChoice>
      ))}
    </Menu>
  );
}

function PersonMenu({ onDialog }: Pick<HeaderProps, "onDialog">) {
  const queries = useQueryClient();
  const { data: session } = useQuery(sessionQuery());
  if (!session) return null;

  async function leave() {
    await signOut();
    forgetAllBut(queries, null);
  }

  return (
    <Menu
      trigger={
        <Button look="quiet" size="icon" aria-label="Account">
          <User className="size-4" />
        </Button>
      }
    >
      <MenuLabel>
        {session.name} ({session.scope})
      </MenuLabel>
      <MenuItem onSelect={() => window.open(session.temporalUrl, "_blank", "noreferrer")}>
        <ExternalLink className="size-3.5" /> Temporal UI
      </MenuItem>
      <MenuItem onSelect={() => window.location.assign("/docs")}>
        <ExternalLink className="size-3.5" /> API docs
      </MenuItem>
      {onDialog && (
        <>
          <MenuItem onSelect={() => onDialog("messages")}>
            <MessageSquareText className="size-3.5" /> Messages
          </MenuItem>
          <MenuItem onSelect={() => onDialog("keys")}>
            <Keyboard className="size-3.5" /> Keyboard
          </MenuItem>
        </>
      )}
      <MenuRule />
      <MenuItem onSelect={() => void leave()}>
        <LogOut className="size-3.5" /> Sign out
      </MenuItem>
    </Menu>
  );
}
