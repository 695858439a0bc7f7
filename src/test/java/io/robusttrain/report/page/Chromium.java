package io.robusttrain.report.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A browser without a window, driven by its DevTools protocol over the JDK's own web socket: one
 * process with one tab. Used from one thread.
 */
final class Chromium implements AutoCloseable {
  private static final String LISTENING = "DevTools listening on ";
  private static final long PATIENCE_S = 60;

  private final Process process;
  private final WebSocket socket;
  private final BlockingQueue<JsonNode> messages;
  private final List<JsonNode> events = new ArrayList<>();
  private String session = "";
  private int calls;

  private Chromium(Process process, WebSocket socket, BlockingQueue<JsonNode> messages) {
    this.process = process;
    this.socket = socket;
    this.messages = messages;
  }

  /** Where Debian and others install it. */
  static Optional<Path> installed() {
    return List.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
        .stream()
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Starts it.
   *
   * @param profile an empty directory for what it writes
   */
  static Chromium start(Path program, Path profile) throws IOException {
    Process process =
        new ProcessBuilder(
                program.toString(),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-extensions",
                "--no-first-run",
                "--hide-scrollbars",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    BufferedReader errors =
        new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
    StringBuilder said = new StringBuilder();
    for (String line = errors.readLine(); line != null; line = errors.readLine()) {
      if (line.startsWith(LISTENING)) {
        drain(errors);
        return open(process, URI.create(line.substring(LISTENING.length())));
      }
      said.append(line).append('\n');
    }
    process.destroyForcibly();
    throw new IOException("Chromium did not start: " + said);
  }

  private static void drain(BufferedReader errors) {
    Thread reader =
        new Thread(
            () -> {
              try {
                while (errors.readLine() != null) {}
              } catch (IOException ended) {
                // It has ended, and so does this.
              }
            },
            "chromium-errors");
    reader.setDaemon(true);
    reader.start();
  }

  private static Chromium open(Process process, URI address) {
    BlockingQueue<JsonNode> messages = new LinkedBlockingQueue<>();
    WebSocket socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(address, new Receiver(messages))
            .join();
    Chromium browser = new Chromium(process, socket, messages);
    String target =
        browser
            .call("Target.createTarget", Json.object().put("url", "about:blank"))
            .path("targetId")
            .asText();
    browser.session =
        browser
            .call(
                "Target.attachToTarget", Json.object().put("targetId", target).put("flatten", true))
            .path("sessionId")
            .asText();
    for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
      browser.call(domain + ".enable", Json.object());
    }
    return browser;
  }

  /** Puts the parts of a message together. */
  private static final class Receiver implements WebSocket.Listener {
    private final BlockingQueue<JsonNode> messages;
    private final StringBuilder text = new StringBuilder();

    Receiver(BlockingQueue<JsonNode> messages) {
      this.messages = messages;
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        messages.add(Json.parse(text.toString(), "a message of Chromium"));
        text.setLength(0);
      }
      from.request(1);
      return null;
    }
  }

  /** Calls a method of the protocol and returns its result. */
  JsonNode call(String method, ObjectNode parameters) {
    int id = ++calls;
    ObjectNode message = Json.object().put("id", id).put("method", method);
    message.set("params", parameters);
    if (!session.isEmpty()) {
      message.put("sessionId", session);
    }
    socket.sendText(message.toString(), true).join();
    JsonNode answer = next(found -> found.path("id").asInt() == id);
    if (answer.has("error")) {
      throw new IllegalStateException(method + ": " + answer.path("error"));
    }
    return answer.path("result");
  }

  /** The next message of a kind; what comes before it is kept among the events. */
  private JsonNode next(Predicate<JsonNode> wanted) {
    try {
      while (true) {
        JsonNode message = messages.poll(PATIENCE_S, TimeUnit.SECONDS);
        if (message == null) {
          throw new IllegalStateException("Chromium says nothing");
        }
        events.add(message);
        if (wanted.test(message)) {
          return message;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Opens a page in a window of some width and returns when it is loaded. */
  void open(Path page, int width, boolean dark) {
    call(
        "Emulation.setDeviceMetricsOverride",
        Json.object()
            .put("width", width)
            .put("height", 900)
            .put("deviceScaleFactor", 1)
            .put("mobile", width < 640));
    ObjectNode media = Json.object();
    media
        .putArray("features")
        .addObject()
        .put("name", "prefers-color-scheme")
        .put("value", dark ? "dark" : "light");
    call("Emulation.setEmulatedMedia", media);
    events.clear();
    call("Page.navigate", Json.object().put("url", page.toUri().toString()));
    next(message -> message.path("method").asText().equals("Page.loadEventFired"));
  }

  /** The value of an expression in the page. */
  JsonNode value(String expression) {
    JsonNode result =
        call(
            "Runtime.evaluate",
            Json.object().put("expression", expression).put("returnByValue", true));
    if (result.has("exceptionDetails")) {
      throw new IllegalStateException(expression + ": " + result.path("exceptionDetails"));
    }
    return result.path("result").path("value");
  }

  /** Moves, presses or releases the mouse. */
  void mouse(String type, double x, double y) {
    boolean button = !type.equals("mouseMoved");
    call(
        "Input.dispatchMouseEvent",
        Json.object()
            .put("type", type)
            .put("x", x)
            .put("y", y)
            .put("button", button ? "left" : "none")
            .put("buttons", type.equals("mouseReleased") ? 0 : button ? 1 : 0)
            .put("clickCount", button ? 1 : 0));
  }

  /** Moves with the button held. */
  void drag(double x, double y) {
    call(
        "Input.dispatchMouseEvent",
        Json.object()
            .put("type", "mouseMoved")
            .put("x", x)
            .put("y", y)
            .put("button", "left")
            .put("buttons", 1));
  }

  /**
   * Errors and warnings of the page since it was opened, and addresses outside that it asked for.
   */
  List<String> complaints() {
    List<String> found = new ArrayList<>();
    for (JsonNode event : events) {
      JsonNode parameters = event.path("params");
      switch (event.path("method").asText()) {
        case "Runtime.exceptionThrown" -> found.add(parameters.path("exceptionDetails").toString());
        case "Runtime.consoleAPICalled" -> found.add(parameters.path("args").toString());
        case "Log.entryAdded" -> found.add(parameters.path("entry").path("text").asText());
        case "Network.requestWillBeSent" -> {
          String url = parameters.path("request").path("url").asText();
          if (!url.startsWith("file:") && !url.startsWith("data:")) {
            found.add(url);
          }
        }
        default -> {}
      }
    }
    return found;
  }

  /** The whole page as PNG. */
  byte[] screenshot() {
    JsonNode size = call("Page.getLayoutMetrics", Json.object()).path("cssContentSize");
    ObjectNode wanted = Json.object().put("captureBeyondViewport", true);
    wanted
        .putObject("clip")
        .put("x", 0)
        .put("y", 0)
        .put("width", size.path("width").asDouble())
        .put("height", size.path("height").asDouble())
        .put("scale", 1);
    return Base64.getDecoder().decode(call("Page.captureScreenshot", wanted).path("data").asText());
  }

  @Override
  public void close() {
    socket.abort();
    process.destroy();
    try {
      if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      process.getErrorStream().close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
