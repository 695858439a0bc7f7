package io.robusttrain.doctor;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.robusttrain.doctor.check.Finding;
import io.robusttrain.doctor.check.Line;
import io.robusttrain.doctor.check.Place;
import java.io.IOException;
import java.io.Serializable;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;

/**
 * Lets every executor listen on its own address, on a port that the kernel chooses, and every other
 * one connect there: what workers of the collective engine do.
 */
final class MeshProbe {
  private static final String NAME = "mesh";
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int PATIENCE_MILLIS = 5_000;

  /** Of one executor: a firewall that swallows packets takes the patience each time. */
  private static final int MOST_PROBLEMS = 3;

  private static final String REMEDY =
      "let executors connect to each other on the ports of net.ipv4.ip_local_port_range, or set distribution.engine=bigdl";

  /** What this process, an executor, listens with, by the probe. */
  private static final Map<String, ServerSocket> LISTENING = new ConcurrentHashMap<>();

  private final EveryExecutor executors;
  private final String probe = UUID.randomUUID().toString();

  /**
   * Where an executor listens.
   *
   * @param port of its own address; 0 if there is a problem
   * @param problem empty, or why it cannot listen
   */
  record Door(String host, int port, String problem) implements Serializable {}

  MeshProbe(EveryExecutor executors) {
    this.executors = executors;
  }

  /** One line for each executor that cannot listen or reaches others, or one for all. */
  List<Line> look() throws ExecutionException, InterruptedException {
    String word = probe;
    try {
      Map<Place, Door> doors = executors.call(place -> open(word, place.host()), LIMIT);
      TreeMap<String, Door> open = new TreeMap<>();
      doors.forEach((place, door) -> open.put(place.id(), door));
      Map<Place, List<String>> problems =
          executors.call(place -> knock(word, place.id(), open, PATIENCE_MILLIS), LIMIT);
      return judge(doors, problems);
    } finally {
      executors.call(place -> close(word), LIMIT);
    }
  }

  /** Listens until {@link #close}, and says the probe's word to whoever connects. */
  static Door open(String word, String host) {
    try {
      ServerSocket listening = new ServerSocket(0, 0, InetAddress.getByName(host));
      LISTENING.put(word, listening);
      Thread thread = new Thread(() -> answer(listening, word), "doctor-mesh");
      thread.setDaemon(true);
      thread.start();
      return new Door(host, listening.getLocalPort(), "");
    } catch (IOException refused) {
      return new Door(host, 0, "cannot listen on its own address %s: %s".formatted(host, refused));
    }
  }

  private static void answer(ServerSocket listening, String word) {
    while (!listening.isClosed()) {
      try (Socket somebody = listening.accept()) {
        somebody.getOutputStream().write(word.getBytes(US_ASCII));
      } catch (IOException gone) {
        // Whoever has gone finds out himself; a door that is closed ends the loop.
      }
    }
  }

  static boolean close(String word) throws IOException {
    ServerSocket listening = LISTENING.remove(word);
    if (listening != null) {
      listening.close();
    }
    return listening != null;
  }

  /** What is wrong with the ways to the others' doors; at most some of it. */
  static List<String> knock(String word, String self, Map<String, Door> doors, int millis) {
    List<String> problems = new ArrayList<>();
    for (Map.Entry<String, Door> other : doors.entrySet()) {
      Door door = other.getValue();
      if (other.getKey().equals(self) || !door.problem().isEmpty()) {
        continue;
      }
      if (problems.size() == MOST_PROBLEMS) {
        problems.add("no further one was tried");
        break;
      }
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(door.host(), door.port()), millis);
        socket.setSoTimeout(millis);
        String heard = new String(socket.getInputStream().readNBytes(word.length()), US_ASCII);
        if (!heard.equals(word)) {
          throw new IOException("somebody else answers");
        }
      } catch (IOException failed) {
        problems.add(
            "executor %s at %s:%d: %s"
                .formatted(other.getKey(), door.host(), door.port(), failed.getMessage()));
      }
    }
    return problems;
  }

  static List<Line> judge(Map<Place, Door> doors, Map<Place, List<String>> problems) {
    List<Line> lines = new ArrayList<>();
    List<Place> well = new ArrayList<>();
    for (Place place : new TreeMap<>(doors).keySet()) {
      List<String> troubles = new ArrayList<>();
      if (!doors.get(place).problem().isEmpty()) {
        troubles.add(doors.get(place).problem());
      }
      if (problems.containsKey(place)) {
        problems.get(place).forEach(what -> troubles.add("cannot connect to " + what));
      } else {
        troubles.add("does not say whom it reaches");
      }
      if (troubles.isEmpty()) {
        well.add(place);
      } else {
        lines.add(
            new Line(NAME, List.of(place), Finding.failed(String.join("; ", troubles), REMEDY)));
      }
    }
    if (!well.isEmpty()) {
      lines.add(new Line(NAME, well, Finding.ok("connects to every other executor")));
    }
    return lines;
  }
}
