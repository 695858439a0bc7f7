package io.robusttrain.hadoop;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.yarn.api.records.ApplicationReport;
import org.apache.hadoop.yarn.client.api.YarnClient;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.exceptions.YarnException;
import org.apache.hadoop.yarn.server.MiniYARNCluster;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;

/**
 * A ResourceManager and NodeManagers in this process, on ports of this machine; their containers
 * are processes. Closing stops them all.
 */
public final class MiniYarn implements AutoCloseable {
  private static final int NODE_MEGABYTES = 4096;

  /** Kept, for Java's logging forgets the level of a logger that nobody holds. */
  private static final java.util.logging.Logger WEB_PAGES =
      java.util.logging.Logger.getLogger("org.apache.hadoop.shaded");

  private final MiniYARNCluster cluster;
  private final YarnClient client;

  /**
   * Starts.
   *
   * @param name unlike any other's
   * @param nodes NodeManagers
   */
  public MiniYarn(String name, int nodes) {
    // The daemons report every container that ends badly, and that is what the tests are about.
    Configurator.setLevel("org.apache.hadoop", Level.OFF);
    WEB_PAGES.setLevel(java.util.logging.Level.OFF);
    cluster = new MiniYARNCluster(name, nodes, 1, 1);
    cluster.init(configuration());
    cluster.start();
    client = YarnClient.createYarnClient();
    client.init(cluster.getConfig());
    client.start();
  }

  private static Configuration configuration() {
    YarnConfiguration conf = new YarnConfiguration();
    conf.set("yarn.scheduler.capacity.root.queues", "default");
    conf.set("yarn.scheduler.capacity.root.default.capacity", "100");
    conf.set("yarn.scheduler.capacity.root.default.maximum-capacity", "100");
    conf.set("yarn.scheduler.capacity.root.default.state", "RUNNING");
    conf.set("yarn.scheduler.capacity.maximum-am-resource-percent", "1.0");
    conf.setInt(YarnConfiguration.RM_SCHEDULER_MINIMUM_ALLOCATION_MB, 128);
    conf.setInt(YarnConfiguration.YARN_MINICLUSTER_NM_PMEM_MB, NODE_MEGABYTES);
    conf.setBoolean(YarnConfiguration.NM_PMEM_CHECK_ENABLED, false);
    conf.setBoolean(YarnConfiguration.NM_VMEM_CHECK_ENABLED, false);
    // A full disk of the machine is none of the test's business.
    conf.setFloat(YarnConfiguration.NM_MAX_PER_DISK_UTILIZATION_PERCENTAGE, 100);
    conf.setLong(YarnConfiguration.NM_MIN_PER_DISK_FREE_SPACE_MB, 0);
    conf.setLong(YarnConfiguration.DEBUG_NM_DELETE_DELAY_SEC, 600);
    return conf;
  }

  /** Writes {@code yarn-site.xml} and {@code core-site.xml}: a folder for HADOOP_CONF_DIR. */
  public void writeConfiguration(Path folder) throws IOException {
    Files.createDirectories(folder);
    try (OutputStream out = Files.newOutputStream(folder.resolve("yarn-site.xml"))) {
      cluster.getConfig().writeXml(out);
    }
  }

  /** The number of the application that was submitted last, such as application_1_0002. */
  public String newest() throws IOException {
    try {
      return client.getApplications().stream()
          .map(ApplicationReport::getApplicationId)
          .max(Comparator.naturalOrder())
          .orElseThrow(() -> new IllegalStateException("nothing was submitted"))
          .toString();
    } catch (YarnException e) {
      throw new IOException(e);
    }
  }

  /**
   * What the containers of that application printed.
   *
   * @param stream stdout or stderr
   */
  public String output(String stream) throws IOException {
    Path application = Path.of(newest());
    StringBuilder text = new StringBuilder();
    try (Stream<Path> files = Files.walk(folder())) {
      for (Path file : files.sorted().toList()) {
        if (file.endsWith(stream) && file.getParent().getParent().endsWith(application)) {
          text.append(file.getParent().getFileName()).append(":\n").append(Files.readString(file));
        }
      }
    }
    return text.toString();
  }

  private Path folder() {
    return cluster.getTestWorkDir().toPath();
  }

  @Override
  public void close() throws IOException {
    client.stop();
    cluster.stop();
    try (Stream<Path> files = Files.walk(folder())) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
