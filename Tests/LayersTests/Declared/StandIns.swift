/// Programs that speak as the tools do, by their documentation, and hold their state in files. For tools that are not here.
enum StandIns {
  /// A deployment `web` with one container `app`, in the namespace `prod`. Revisions are files, as ReplicaSets are.
  static let kubectl = """
    words=()
    while (($#)); do
      case "$1" in
        -n | --namespace) [ "$2" = prod ] && found=1; shift 2 ;;
        *) words+=("$1"); shift ;;
      esac
    done
    [ "$found" = 1 ] || { echo 'Error from server (NotFound)' >&2; exit 1; }
    set -- "${words[@]}"
    [ "$3" = deployment/web ] || [ "$2" = deployment/web ] || { echo 'Error from server (NotFound)' >&2; exit 1; }
    current=$(cat "$state/current")
    revisions() { for file in "$state"/rev.*; do echo "${file##*.}"; done | sort -n; }
    roll() { next=$(($(revisions | tail -n 1) + 1)); echo $next > "$state/current"; }
    case "$1 $2" in
      'get deployment/web')
        case "$*" in
          *restartedAt*) cat "$state/restarted" ;;
          *revision*) printf %s "$current" ;;
          *image*) sed -n 's/.*Image: *//p' "$state/rev.$current" ;;
          *replicas*) cat "$state/replicas" ;;
        esac ;;
      'rollout history')
        case "$4" in
          --revision=*)
            file=$state/rev.${4#--revision=}
            [ -f "$file" ] || { echo 'error: unable to find the specified revision' >&2; exit 1; }
            echo "deployment.apps/web with revision #${4#--revision=}"; cat "$file" ;;
          *) printf '%s\\n' 'deployment.apps/web ' 'REVISION  CHANGE-CAUSE'; revisions | sed 's/$/         <none>/'; echo ;;
        esac ;;
      'rollout undo')
        to=$(revisions | tail -n 2 | head -n 1)
        case "$4" in --to-revision=*) to=${4#--to-revision=} ;; esac
        if [ "$to" = "$current" ]; then echo 'deployment.apps/web skipped rollback'; exit 0; fi
        roll && mv "$state/rev.$to" "$state/rev.$next" ;;
      'set image')
        text=$(printf 'Pod Template:\\n  Containers:\\n   app:\\n    Image: %s' "${4#app=}")
        for old in $(revisions); do [ "$(cat "$state/rev.$old")" = "$text" ] && same=$state/rev.$old; done
        roll; if [ "$same" ]; then mv "$same" "$state/rev.$next"; else printf '%s' "$text" > "$state/rev.$next"; fi ;;
      'scale deployment/web') echo "${3#--replicas=}" > "$state/replicas" ;;
      'rollout restart') date +%s%N > "$state/restarted" ;;
      *) exit 1 ;;
    esac
    """

  /// A release `shop` in the namespace `prod`.
  static let helm = """
    words=()
    while (($#)); do
      case "$1" in
        -n | --namespace) [ "$2" = prod ] && found=1; shift 2 ;;
        --revision | --max | --timeout) declare "${1#--}=$2"; shift 2 ;;
        --wait) shift ;;
        *) words+=("$1"); shift ;;
      esac
    done
    set -- "${words[@]}"
    revisions() { for file in "$state"/manifest.*; do echo "${file##*.}"; done | sort -n; }
    last=$(revisions | tail -n 1)
    case "$found $1" in
      '1 get') [ "$2 $3" = 'manifest shop' ] && cat "$state/manifest.${revision:-$last}" ;;
      '1 history')
        echo 'REVISION	UPDATED                 	STATUS  	CHART     	APP VERSION	DESCRIPTION'
        revisions | tail -n "${max:-256}" | sed 's/$/       	Mon Oct 3 10:15:13 2016	deployed	shop-0.1.0	1.0        	done/' ;;
      '1 rollback')
        to=${3:-$(revisions | tail -n 2 | head -n 1)}
        [ -f "$state/manifest.$to" ] || { echo 'Error: release: not found' >&2; exit 1; }
        cp "$state/manifest.$to" "$state/manifest.$((last + 1))" ;;
      *) echo 'Error: release: not found' >&2; exit 1 ;;
    esac
    """

  /// The project behind shop.test.
  static let vercel = """
    case "$1 $2" in
      'inspect shop.test') printf '  General\\n\\n    id\\t\\t%s\\n    name\\tshop\\n' "$(cat "$state/deployment")" >&2 ;;
      'inspect https://shop-1.vercel.app') printf '    id\\t\\tdpl_1\\n' >&2 ;;
      'inspect '*) printf '    id\\t\\t%s\\n' "$2" >&2 ;;
      'rollback https://shop-1.vercel.app') printf dpl_1 > "$state/deployment" ;;
      'rollback '* | 'promote '*) printf %s "$2" > "$state/deployment" ;;
      *) exit 1 ;;
    esac
    """

  static let fly = """
    command=$1; shift
    while (($#)); do
      case "$1" in
        -a | --app) app=$2; shift 2 ;;
        --image) if [ "$command" = deploy ]; then image=$2; shift; fi; shift ;;
        *) shift ;;
      esac
    done
    [ "$app" = shop ] || { echo 'Error: app not found' >&2; exit 1; }
    case "$command" in
      releases)
        echo 'VERSION STATUS   DESCRIPTION USER      DATE   DOCKER IMAGE'
        number=$(wc -l < "$state/images")
        tac "$state/images" | while read -r image; do
          echo "v$number     complete Release     a@b.test  1h ago $image"; number=$((number - 1))
        done ;;
      deploy) echo "$image" >> "$state/images" ;;
    esac
    """

  /// The app `shop`. A release is a line of `releases`: its slug.
  static let heroku = """
    words=()
    while (($#)); do
      case "$1" in
        -a | --app) [ "$2" = shop ] && found=1; shift 2 ;;
        -n) shift 2 ;;
        --json) shift ;;
        *) words+=("$1"); shift ;;
      esac
    done
    [ "$found" = 1 ] || { echo 'Missing required flag app' >&2; exit 1; }
    set -- "${words[@]}"
    count=$(wc -l < "$state/releases")
    case "$1" in
      releases) echo '=== shop Releases'; echo; echo "v$count  Deploy  a@b.test  2025/11/17 17:37:41 (~ 1h ago)" ;;
      releases:info)
        number=${2:-v$count}
        slug=$(sed -n "${number#v}p" "$state/releases")
        [ "$slug" ] || { echo "Couldn't find that release" >&2; exit 1; }
        echo "{\\"version\\": ${number#v}, \\"status\\": \\"succeeded\\", \\"slug\\": {\\"id\\": \\"$slug\\"}}" ;;
      rollback | releases:rollback)
        number=${2:-v$((count - 1))}
        sed -n "${number#v}p" "$state/releases" >> "$state/releases" ;;
      config:get) sed -n "s/^$2=//p" "$state/config" ;;
      config:set) sed -i "/^${2%%=*}=/d" "$state/config"; echo "$2" >> "$state/config" ;;
      config:unset) sed -i "/^$2=/d" "$state/config" ;;
    esac
    """

  static let kamal = """
    case "$1 $2" in
      'app version') for host in 192.0.2.1 192.0.2.2; do printf 'App Host: %s\\n%s\\n\\n' $host "$(cat "$state/version")"; done ;;
      rollback*) printf %s "$2" > "$state/version" ;;
      *) exit 1 ;;
    esac
    """

  static let gcloud = """
    [ "$1 $2 $4" = 'run services shop' ] && [ "$5 $6" = '--region me-central1' ] || { echo 'ERROR: not found' >&2; exit 1; }
    case "$3" in
      describe) cat "$state/shares" ;;
      update-traffic) shares=${7#--to-revisions=}; printf '%s\\n' ${shares//,/ } > "$state/shares" ;;
    esac
    """

  static let aws = """
    arn=arn:aws:ecs:eu-west-1:123456789012:task-definition
    [ "$1" = ecs ] || exit 1
    case "$*" in
      *describe-services*'--services web '*) echo "$arn/$(cat "$state/task")" ;;
      *update-service*'--service web '*) all=$*; task=${all##*--task-definition }; task=${task%% *}; echo "${task##*/}" > "$state/task" ;;
      *) exit 254 ;;
    esac
    """
}
