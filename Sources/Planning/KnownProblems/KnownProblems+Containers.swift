extension KnownProblems {
  static let containers = Area(
    "Containers and services",
    [
      KnownProblem(
        "engine-unreachable",
        """
        The container engine does not answer: nothing of the containers was seen, and the step would fail.
        """,
        .error("the step changes something."),
        .warning("it only looks."),
        cure: """
          `docker info` says why: start the engine, see DOCKER_HOST, or get the right to its socket (the group \
          `docker`).
          """),
      KnownProblem(
        "compose-file-missing",
        """
        The compose file that the command names is not there, or none is in the folder or above it.
        """,
        .error("the step changes something."),
        .warning("it only looks."),
        cure: "See where the last `cd` leads, or name the file: `docker compose -f PATH …`."),
      KnownProblem(
        "compose-file-invalid",
        """
        compose cannot read its file: its own message is in the problem. Often a variable that must be set is not.
        """,
        .error("the step changes something."),
        .warning("it only looks."),
        cure: "`docker compose config` shows the same: mend the file, or set the variable."),
      KnownProblem(
        "image-stays",
        """
        The files go back, but `up` would start the image that runs now: a variable names its tag, and that stands where \
        git does not change it, such as an `.env` that is not tracked or the environment. Or a step edits `.env`, and the \
        environment, which wins over it, has the variable too.
        """,
        .question("no step before it sets the variable."),
        cure: """
          Set the variable in a step before it, such as `sed -i 's/^VERSION=.*/VERSION=1.4.0/' .env`. Answer `yes` where \
          only the files are to go back.
          """),
      KnownProblem(
        "option-unknown",
        """
        The compose that is installed does not know `--wait` (it came with 2.1): the command would be refused.
        """,
        .error("always."),
        cure: """
          Leave the option out, and check in a step of its own that the service answers; or bring compose up to date.
          """),
      KnownProblem(
        "service-unknown",
        """
        No service has this name: neither the compose file nor the service manager (systemd, supervisor, pm2 …) knows \
        it. The command would fail.
        """,
        .error("the step acts on it, or it is asked of compose."),
        .warning("a service manager is only asked for its status."),
        cure: """
          The message has the names of the compose file; `systemctl list-units --type=service --all` has the others. \
          Map the command under `commands:` in backout.yaml where this machine calls it otherwise.
          """),
      KnownProblem(
        "image-missing",
        """
        The image is not on this machine. It would have to be pulled or built while the rollback runs: from a registry \
        that may not have it any more, or from whatever is checked out.
        """,
        .question("compose would build it, or pulling is tried when it runs."),
        .error("pulling is forbidden, or there is no image to give another name to or to take one from."),
        cure: """
          Get it before the run: `docker pull IMAGE`, or build it from the release that is meant. `docker images NAME` \
          shows the tags that are here.
          """),
      KnownProblem(
        "container-unknown",
        """
        No container has this name or id: the command would fail.
        """,
        .error("the command needs it."),
        .warning("`docker rm -f` does not mind."),
        cure: "`docker ps -a` shows the names; compose adds the project's name before and a number behind."),
      KnownProblem(
        "container-running",
        """
        `docker rm` refuses a container that runs.
        """,
        .error("always, but with `-f`."),
        cure: "`docker stop NAME` in a step before it, or `docker rm -f NAME`."),
      KnownProblem(
        "container-exists",
        """
        A container of this name is there already: the engine refuses another, even where the first is stopped.
        """,
        .error("always."),
        cure: "`docker rm NAME` in a step before it, or `docker start NAME` where it is the right one."),
      KnownProblem(
        "volumes-destroyed",
        """
        The command takes the volumes along (`down -v`): their contents, mostly the database's, are destroyed, and are \
        not kept.
        """,
        .warning("the project has volumes."),
        cure: "Leave `-v` out. If the volumes are really to go, put a backup before it."),
    ])
}
