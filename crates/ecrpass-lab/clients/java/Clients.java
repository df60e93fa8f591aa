import com.github.dockerjava.api.model.AuthConfig;
import com.google.cloud.tools.jib.api.Credential;
import com.google.cloud.tools.jib.api.CredentialRetriever;
import com.google.cloud.tools.jib.api.ImageReference;
import com.google.cloud.tools.jib.frontend.CredentialRetrieverFactory;
import com.google.cloud.tools.jib.plugins.common.DefaultCredentialRetrievers;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.testcontainers.shaded.com.github.dockerjava.core.DefaultDockerClientConfig;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.RegistryAuthLocator;

/** The ways to credentials of Jib and of testcontainers for Java: what their own code finds is sent to the registry. */
public final class Clients {
  public static void main(String[] arguments) throws Exception {
    String image = arguments[1];
    switch (arguments[0]) {
      case "jib" -> jib(image);
      case "testcontainers" -> testcontainers(image);
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  /** As RegistryCredentialRetriever does: the first that has something. */
  private static void jib(String image) throws Exception {
    CredentialRetrieverFactory factory =
        CredentialRetrieverFactory.forImage(
            ImageReference.parse(image), event -> System.err.println(event.getMessage()));
    for (CredentialRetriever retriever : DefaultCredentialRetrievers.init(factory).asList()) {
      Optional<Credential> found = retriever.retrieve();
      if (found.isPresent()) {
        get(image, found.get().getUsername(), found.get().getPassword());
        return;
      }
    }
    get(image, null, null);
  }

  /**
   * As DockerClientProviderStrategy and AuthDelegatingDockerClientConfig do: without docker-java's configuration there is
   * no client; what docker-java finds is what is fallen back to.
   */
  private static void testcontainers(String image) throws Exception {
    String name = image + ":absent";
    DefaultDockerClientConfig config = DefaultDockerClientConfig.createDefaultConfigBuilder().build();
    AuthConfig fallback;
    try {
      fallback = config.effectiveAuthConfig(name);
    } catch (Exception error) {
      System.err.println(error);
      fallback = new AuthConfig();
    }
    AuthConfig found =
        RegistryAuthLocator.instance()
            .lookupAuthConfig(DockerImageName.parse(name), fallback == null ? new AuthConfig() : fallback);
    get(image, found.getUsername(), found.getPassword());
  }

  private static void get(String image, String user, String password) throws Exception {
    int slash = image.indexOf('/');
    URI address =
        URI.create(
            "https://" + image.substring(0, slash) + "/v2/" + image.substring(slash + 1) + "/manifests/absent");
    HttpRequest.Builder request = HttpRequest.newBuilder(address);
    // Neither half alone is sent, nor an identity token.
    if (!"<token>".equals(user) && user != null && !user.isEmpty() && password != null && !password.isEmpty()) {
      byte[] login = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
      request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(login));
    }
    HttpClient client = HttpClient.newBuilder().sslContext(systemsAuthorities()).build();
    System.out.println(client.send(request.build(), BodyHandlers.ofString()));
  }

  /** The certificates that the other clients trust; Java has a file of its own. */
  private static SSLContext systemsAuthorities() throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (InputStream file = Files.newInputStream(Path.of("/etc/ssl/certs/ca-certificates.crt"))) {
      int count = 0;
      for (Certificate certificate : CertificateFactory.getInstance("X.509").generateCertificates(file)) {
        store.setCertificateEntry("authority" + count++, certificate);
      }
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }
}
