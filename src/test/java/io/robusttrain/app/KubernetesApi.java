package io.robusttrain.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.robusttrain.waiting.Waiting;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import okhttp3.HttpUrl;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import okhttp3.mockwebserver.Dispatcher;
import okhttp3.mockwebserver.MockResponse;
import okhttp3.mockwebserver.MockWebServer;
import okhttp3.mockwebserver.RecordedRequest;

/**
 * A small Kubernetes API server over https with a certificate of its own: pods, services and config
 * maps of one namespace are created, applied, read, listed by label, watched and deleted. The mock
 * server of the client library asks for no token and knows no rights.
 */
final class KubernetesApi extends Dispatcher implements AutoCloseable {
  static final String NAMESPACE = "training";
  static final String TOKEN = "token-of-the-submitter";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
  private static final Set<String> KINDS =
      Set.of("pods", "services", "configmaps", "persistentvolumeclaims");
  private static final char[] PASSWORD = "changeit".toCharArray();

  private final MockWebServer server = new MockWebServer();
  private final Map<String, ObjectNode> objects = new LinkedHashMap<>();
  private final Map<WebSocket, HttpUrl> watches = new ConcurrentHashMap<>();
  private final Set<String> refused = new TreeSet<>();
  private final Set<String> used = new TreeSet<>();
  private final KubernetesRights rights;
  private final BiConsumer<String, ObjectNode> node;
  private final Path certificate;

  /**
   * Starts.
   *
   * @param folder for the key and the certificate
   * @param rights of whoever calls; another request is refused
   * @param node is told of each pod that was created ("ADDED") or deleted ("DELETED")
   */
  KubernetesApi(Path folder, KubernetesRights rights, BiConsumer<String, ObjectNode> node)
      throws Exception {
    this.rights = rights;
    this.node = node;
    Path store = folder.resolve("api.p12");
    certificate = folder.resolve("ca.crt");
    if (Files.exists(store)) {
      Files.delete(store);
      Files.delete(certificate);
    }
    keytool(
        "-genkeypair -keyalg RSA -dname CN=api -ext san=ip:127.0.0.1 -validity 2 -storetype PKCS12"
            + " -alias api -storepass changeit -keystore",
        store);
    keytool(
        "-exportcert -rfc -alias api -storepass changeit -keystore " + store + " -file",
        certificate);
    server.useHttps(context(store).getSocketFactory(), false);
    server.setDispatcher(this);
    server.start(InetAddress.getLoopbackAddress(), 0);
  }

  String master() {
    return "k8s://https://127.0.0.1:" + server.getPort();
  }

  /** PEM file of the only certificate that vouches for this server. */
  Path certificate() {
    return certificate;
  }

  /** Requests with another token than {@link #TOKEN} or none, and those beyond the rights. */
  synchronized Set<String> refused() {
    return Set.copyOf(refused);
  }

  /** The rights that were used, as {@code verb resource}. */
  synchronized Set<String> used() {
    return Set.copyOf(used);
  }

  /** Copies of the objects of a kind, as created: pods, services, configmaps. */
  synchronized List<ObjectNode> objects(String kind) {
    String prefix = "/api/v1/namespaces/" + NAMESPACE + "/" + kind + "/";
    return objects.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(prefix))
        .map(entry -> entry.getValue().deepCopy())
        .toList();
  }

  /** Waits until there are so many. */
  List<ObjectNode> await(String kind, int count) throws Exception {
    Waiting.until("%d %s".formatted(count, kind), () -> objects(kind).size() >= count);
    return objects(kind);
  }

  /** Waits until somebody watches. */
  void awaitWatch() throws Exception {
    Waiting.until("watch", () -> !watches.isEmpty());
  }

  /** Deletes an object, as somebody with kubectl would. */
  synchronized void delete(ObjectNode pod) {
    delete("/api/v1/namespaces/" + NAMESPACE + "/pods/" + pod.at("/metadata/name").asText());
  }

  /** Gives a pod a status, which its watchers see; nothing happens to one that was deleted. */
  synchronized void status(String pod, ObjectNode status) {
    ObjectNode found = objects.get("/api/v1/namespaces/" + NAMESPACE + "/pods/" + pod);
    if (found != null) {
      found.set("status", status);
      tell("MODIFIED", found);
    }
  }

  @Override
  public MockResponse dispatch(RecordedRequest request) {
    try {
      return answer(request);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private synchronized MockResponse answer(RecordedRequest request) throws IOException {
    HttpUrl url = request.getRequestUrl();
    String path = url.encodedPath();
    if (!("Bearer " + TOKEN).equals(request.getHeader("Authorization"))) {
      refused.add(request.getMethod() + " " + path);
      return json(401, JSON.createObjectNode());
    }
    String right = right(request.getMethod(), url);
    if (!rights.allowed().contains(right)) {
      refused.add(right);
      return json(403, JSON.createObjectNode().put("kind", "Status").put("code", 403));
    }
    used.add(right);
    if (right.startsWith("watch")) {
      return new MockResponse().withWebSocketUpgrade(new Watch(url));
    }
    return switch (request.getMethod()) {
      case "POST" -> create(path, (ObjectNode) JSON.readTree(request.getBody().readUtf8()));
      case "GET" -> objects.containsKey(path) ? json(200, objects.get(path)) : list(url);
      case "PATCH" -> apply(path, (ObjectNode) YAML.readTree(request.getBody().readUtf8()));
      case "DELETE" -> KINDS.contains(kind(url)) ? deleteAll(url) : delete(path);
      default -> json(405, JSON.createObjectNode());
    };
  }

  /** What a request needs: {@code /api/v1/namespaces/NAMESPACE/KIND[/NAME]}. */
  private static String right(String method, HttpUrl url) {
    List<String> segments = url.pathSegments();
    boolean named = segments.size() > 5;
    String verb =
        switch (method) {
          case "POST" -> "create";
          case "PATCH" -> "patch";
          case "DELETE" -> named ? "delete" : "deletecollection";
          default -> "true".equals(url.queryParameter("watch")) ? "watch" : named ? "get" : "list";
        };
    return verb + " " + segments.get(4);
  }

  /** An object that is there already. */
  synchronized void add(String kind, ObjectNode object) {
    create("/api/v1/namespaces/" + NAMESPACE + "/" + kind, object);
  }

  private MockResponse create(String path, ObjectNode object) {
    ObjectNode metadata = (ObjectNode) object.get("metadata");
    metadata.put("namespace", NAMESPACE).put("uid", UUID.randomUUID().toString());
    metadata.put("creationTimestamp", "2026-01-01T00:00:00Z");
    object.set("status", JSON.createObjectNode().put("phase", "Pending"));
    objects.put(path + "/" + metadata.get("name").asText(), object);
    MockResponse response = json(201, object);
    tell("ADDED", object);
    return response;
  }

  /** Server-side apply: what is not there is created, which is a right of its own. */
  private MockResponse apply(String path, ObjectNode object) {
    if (!objects.containsKey(path)) {
      String creation = "create " + path.split("/", -1)[5];
      if (!rights.allowed().contains(creation)) {
        refused.add(creation);
        return json(403, JSON.createObjectNode().put("kind", "Status").put("code", 403));
      }
      used.add(creation);
      return create(path.substring(0, path.lastIndexOf('/')), object);
    }
    ObjectNode found = objects.get(path);
    ((ObjectNode) found.get("metadata")).setAll((ObjectNode) object.get("metadata"));
    return json(200, found);
  }

  private MockResponse deleteAll(HttpUrl url) {
    String kind = kind(url);
    for (ObjectNode object : objects(kind)) {
      if (chosen(url, object)) {
        delete(url.encodedPath() + "/" + object.at("/metadata/name").asText());
      }
    }
    return json(200, JSON.createObjectNode().put("kind", "Status").put("status", "Success"));
  }

  private static String kind(HttpUrl url) {
    return url.pathSegments().get(url.pathSize() - 1);
  }

  private MockResponse list(HttpUrl url) {
    String kind = kind(url);
    if (!KINDS.contains(kind)) {
      return json(404, JSON.createObjectNode().put("kind", "Status").put("code", 404));
    }
    ArrayNode items = JSON.createArrayNode();
    objects(kind).stream().filter(object -> chosen(url, object)).forEach(items::add);
    ObjectNode list = JSON.createObjectNode().put("apiVersion", "v1").put("kind", "PodList");
    list.putObject("metadata").put("resourceVersion", "1");
    list.set("items", items);
    return json(200, list);
  }

  private MockResponse delete(String path) {
    ObjectNode object = objects.remove(path);
    if (object == null) {
      return json(404, JSON.createObjectNode().put("kind", "Status").put("code", 404));
    }
    tell("DELETED", object);
    return json(200, object);
  }

  private void tell(String event, ObjectNode object) {
    if (!object.path("kind").asText().equals("Pod")) {
      return;
    }
    ObjectNode message = JSON.createObjectNode().put("type", event);
    message.set("object", object);
    watches.forEach(
        (socket, url) -> {
          if (chosen(url, object)) {
            socket.send(message.toString());
          }
        });
    if (!event.equals("MODIFIED")) {
      node.accept(event, object.deepCopy());
    }
  }

  /** Whether an object has the labels, or the name, that a list or a watch asks for. */
  private static boolean chosen(HttpUrl url, JsonNode object) {
    List<String> conditions = new ArrayList<>();
    for (String name : List.of("labelSelector", "fieldSelector")) {
      String selector = url.queryParameter(name);
      if (selector != null) {
        conditions.addAll(List.of(selector.split(",", -1)));
      }
    }
    JsonNode metadata = object.get("metadata");
    return conditions.stream()
        .map(condition -> condition.split("=", 2))
        .allMatch(
            condition ->
                condition[0].equals("metadata.name")
                    ? metadata.get("name").asText().equals(condition[1])
                    : metadata.path("labels").path(condition[0]).asText().equals(condition[1]));
  }

  private static MockResponse json(int code, JsonNode body) {
    return new MockResponse()
        .setResponseCode(code)
        .setHeader("Content-Type", "application/json")
        .setBody(body.toString());
  }

  private static void keytool(String arguments, Path file) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments.split(" ", -1)));
    command.add(file.toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError(text);
    }
  }

  private static SSLContext context(Path store) throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(keys, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(factory.getKeyManagers(), null, null);
    return context;
  }

  @Override
  public void close() throws IOException {
    watches.keySet().forEach(WebSocket::cancel);
    server.shutdown();
  }

  private final class Watch extends WebSocketListener {
    private final HttpUrl url;

    Watch(HttpUrl url) {
      this.url = url;
    }

    @Override
    public void onOpen(WebSocket socket, Response response) {
      watches.put(socket, url);
    }

    @Override
    public void onClosing(WebSocket socket, int code, String reason) {
      watches.remove(socket);
      socket.close(code, reason);
    }

    @Override
    public void onFailure(WebSocket socket, Throwable failure, Response response) {
      watches.remove(socket);
    }
  }
}
